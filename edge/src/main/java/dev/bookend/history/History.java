package dev.bookend.history;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.store.UserData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Texts of a user's earlier sessions, kept where the user wants it, for guesses to come from. There
 * is a file for each vocabulary, in the user's data directory, which only the user may read: not
 * encrypted, and token ids are as good as the text.
 */
public final class History {
  /** What is older than this many bytes is dropped: more than {@link #read} is ever asked for. */
  private static final int MOST_BYTES = 8 << 20;

  private static final String SUFFIX = ".tokens";

  private final Path file;
  private int[] last = {};

  History(Path file) {
    this.file = file;
  }

  public static History of(TokenizerFingerprint vocabulary) {
    return new History(directory().resolve(vocabulary.key() + SUFFIX));
  }

  /** Where the files lie. */
  public static Path directory() {
    return UserData.directory("history");
  }

  /** The files that there are. */
  public static List<History> all() {
    return all(directory());
  }

  static List<History> all(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(SUFFIX))
          .sorted()
          .map(History::new)
          .toList();
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + directory + ": " + e.getMessage(), e);
    }
  }

  public Path file() {
    return file;
  }

  /** The texts, the oldest first; what a crash has left of one is passed over. */
  public List<int[]> read() {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      return TokenTexts.read(ByteBuffer.wrap(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Adds a text, but for what it has in common with the beginning of the one added last. */
  public synchronized void add(int[] text) {
    int mismatch = Arrays.mismatch(last, text);
    int from = mismatch < 0 ? text.length : mismatch;
    last = text.clone();
    if (from < text.length) {
      append(Arrays.copyOfRange(text, from, text.length));
    }
  }

  private void append(int[] text) {
    try {
      Files.createDirectories(file.getParent(), forTheUserOnly("rwx------", file.getParent()));
      // Two processes may write.
      try (FileChannel channel =
              FileChannel.open(
                  file,
                  Set.of(
                      StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                  forTheUserOnly("rw-------", file));
          FileLock lock = channel.lock()) {
        ByteBuffer old = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (lock.isValid() && old.hasRemaining() && channel.read(old) >= 0) {}
        List<int[]> texts = new ArrayList<>(TokenTexts.read(old.flip()));
        int whole = old.position();
        if (whole <= MOST_BYTES) {
          write(channel, whole, List.of(text));
        } else {
          texts.add(text);
          write(channel, 0, texts.subList(texts.size() / 2, texts.size()));
        }
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static void write(FileChannel channel, long at, List<int[]> texts) throws IOException {
    channel.truncate(at);
    channel.position(at);
    ByteBuffer bytes = ByteBuffer.wrap(TokenTexts.write(texts));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static FileAttribute<?>[] forTheUserOnly(String permissions, Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  /** Forgets all. */
  public void clear() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot delete " + file + ": " + e.getMessage(), e);
    }
  }
}
