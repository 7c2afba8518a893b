package dev.bookend.history;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
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
 * The texts of a user's earlier sessions, to retrieve draft tokens from; they are kept only where
 * the user asks for it. There is one file for each tokenizer, in the user's data directory. Only
 * the user may read it, but it is not encrypted, and whoever has the token ids has the text. Safe
 * for use by several threads and processes.
 */
public final class History {
  /** Where the file is larger, the older half of the texts is dropped: none of them is used. */
  private static final int MOST_BYTES = 8 << 20;

  /** A file lock keeps other processes out, but not this one's other threads. */
  private static final Object WRITING = new Object();

  private static final String SUFFIX = ".tokens";

  private final Path file;

  /** The text that was added last. */
  private int[] last = {};

  History(Path file) {
    this.file = file;
  }

  /** The history for models with a tokenizer. */
  public static History of(TokenizerFingerprint tokenizer) {
    return new History(directory().resolve(tokenizer.key() + SUFFIX));
  }

  /** The directory of the files. */
  public static Path directory() {
    return UserData.directory("history");
  }

  /** The histories that there are, one for each tokenizer. */
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
          ErrorCode.IO_FAILED, "cannot read " + directory + ": " + FileProblem.of(e), e);
    }
  }

  /** The file, which need not exist. */
  public Path file() {
    return file;
  }

  /**
   * The token ids of each text, the oldest text first. A text that a crash has left incomplete is
   * left out.
   */
  public List<int[]> read() {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      return TokenTexts.read(ByteBuffer.wrap(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + file + ": " + FileProblem.of(e), e);
    }
  }

  /**
   * Adds a text, but not the part with which the text that was added last begins as well: a
   * conversation that grows is kept once.
   */
  public synchronized void add(int[] text) {
    int mismatch = Arrays.mismatch(last, text);
    int from = mismatch < 0 ? text.length : mismatch;
    last = text.clone();
    if (from < text.length) {
      append(Arrays.copyOfRange(text, from, text.length));
    }
  }

  private void append(int[] text) {
    synchronized (WRITING) {
      appendAlone(text);
    }
  }

  private void appendAlone(int[] text) {
    try {
      Files.createDirectories(file.getParent(), forTheUserOnly("rwx------", file.getParent()));
      // Several processes may write at the same time.
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
          ErrorCode.IO_FAILED, "cannot write " + file + ": " + FileProblem.of(e), e);
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

  /** Deletes the file. */
  public void clear() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot delete " + file + ": " + FileProblem.of(e), e);
    }
  }
}
