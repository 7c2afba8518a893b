package dev.bookend.conversation;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import dev.bookend.error.VisibleText;
import dev.bookend.model.store.UserData;
import dev.bookend.model.text.Utf8;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A user's saved conversations: a JSON file for each in one directory, which only the user can
 * read. They are not encrypted. A file is replaced as a whole, so that a crash leaves the old one
 * or the new one. Safe for use by several threads and processes.
 */
public final class ConversationStore {
  private static final String SUFFIX = ".json";
  private static final int LONGEST_NAME = 100;
  private static final Pattern NAME =
      Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N} ._-]{0," + (LONGEST_NAME - 1) + "}");
  private static final long MOST_BYTES = 64 << 20;

  private final Path directory;

  /** The conversations in a directory, which need not exist. */
  public ConversationStore(Path directory) {
    this.directory = directory;
  }

  /** Those in the user's data directory. */
  public static ConversationStore ofUser() {
    return new ConversationStore(UserData.directory("conversations"));
  }

  /**
   * Saves a conversation under a name; replaces what has that name.
   *
   * @return the file
   * @throws IllegalArgumentException if it cannot be a name; the message is for the user
   * @throws BookendException of code {@link ErrorCode#IO_FAILED} if it cannot be written
   */
  public Path save(String name, SavedConversation conversation) {
    Path file = file(name);
    try {
      Files.createDirectories(directory, forTheUserOnly("rwx------"));
      Path written =
          Files.createTempFile(directory, ".saving", SUFFIX, forTheUserOnly("rw-------"));
      try {
        Files.writeString(written, ConversationFormat.write(conversation));
        Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(written);
      }
      return file;
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write " + file + ": " + FileProblem.of(e), e);
    }
  }

  /**
   * Whether a conversation is saved under a name.
   *
   * @throws IllegalArgumentException if it cannot be a name; the message is for the user
   */
  public boolean has(String name) {
    return Files.exists(file(name));
  }

  /**
   * Loads the conversation of a name.
   *
   * @throws IllegalArgumentException if it cannot be a name; the message is for the user
   * @throws BookendException of code {@link ErrorCode#IO_FAILED} if there is none, or it cannot be
   *     read
   */
  public SavedConversation load(String name) {
    return read(existing(name));
  }

  private Path existing(String name) {
    Path file = file(name);
    if (!Files.exists(file)) {
      throw new BookendException(ErrorCode.IO_FAILED, "no conversation is saved as '" + name + "'");
    }
    return file;
  }

  /**
   * Deletes the conversation of a name.
   *
   * @throws IllegalArgumentException if it cannot be a name; the message is for the user
   * @throws BookendException of code {@link ErrorCode#IO_FAILED} if there is none, or it cannot be
   *     deleted
   */
  public void delete(String name) {
    Path file = existing(name);
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot delete " + file + ": " + FileProblem.of(e), e);
    }
  }

  /**
   * Reads a conversation from any file.
   *
   * @throws BookendException of code {@link ErrorCode#IO_FAILED} if it cannot be read or is none
   */
  public static SavedConversation read(Path file) {
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) { // a pipe, or what never ends
        throw new BookendException(ErrorCode.IO_FAILED, file + " is not a file");
      }
      if (Files.size(file) > MOST_BYTES) {
        throw new BookendException(ErrorCode.IO_FAILED, file + " is too large for a conversation");
      }
      return ConversationFormat.read(Utf8.read(file));
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED,
          file
              + " is not a saved conversation: "
              + (e instanceof CharacterCodingException
                  ? "it is not UTF-8"
                  : VisibleText.line(e.getMessage())),
          e);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + file + ": " + FileProblem.of(e), e);
    }
  }

  /** The names of all, the one that was saved last first. */
  public List<String> names() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> NAME.matcher(name(file)).matches() && file.toString().endsWith(SUFFIX))
          .sorted(Comparator.comparing(ConversationStore::modified).reversed())
          .map(ConversationStore::name)
          .toList();
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + directory + ": " + FileProblem.of(e), e);
    }
  }

  /** The directory of the files. */
  public Path directory() {
    return directory;
  }

  private Path file(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'"
              + VisibleText.line(name)
              + "' cannot be a conversation's name; use letters, digits, spaces and . _ -, at most "
              + LONGEST_NAME
              + " of them, a letter or digit first");
    }
    return directory.resolve(name + SUFFIX);
  }

  private static String name(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
  }

  private static long modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) { // removed meanwhile
      return 0;
    }
  }

  private FileAttribute<?>[] forTheUserOnly(String permissions) {
    return directory.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
