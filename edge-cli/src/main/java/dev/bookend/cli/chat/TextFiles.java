package dev.bookend.cli.chat;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import dev.bookend.model.text.Utf8;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** Text files that a user names. */
public final class TextFiles {
  private static final long MOST_BYTES = 4 << 20;

  private TextFiles() {}

  /** Reads a text, without a byte order mark and with Unix's line ends. */
  public static String readText(Path path) {
    try {
      if (Files.isDirectory(path)) {
        throw new IllegalArgumentException(path + " is a directory");
      }
      if (Files.exists(path) && !Files.isRegularFile(path)) { // a pipe, or what never ends
        throw new IllegalArgumentException(path + " is a device or a pipe, not a file");
      }
      if (Files.size(path) > MOST_BYTES) {
        throw new IllegalArgumentException(path + " is larger than 4 MB");
      }
      return Utf8.read(path).replace("\r\n", "\n");
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no file " + path, e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(path + " is not text in UTF-8", e);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + path + ": " + FileProblem.of(e), e);
    }
  }

  /** Writes a file that is not there yet, which only the user can read. */
  public static void writeNew(Path path, String text) {
    try {
      FileAttribute<?>[] own =
          path.getFileSystem().supportedFileAttributeViews().contains("posix")
              ? new FileAttribute<?>[] {
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
              }
              : new FileAttribute<?>[0];
      Files.createFile(path, own);
      Files.writeString(path, text);
    } catch (FileAlreadyExistsException e) {
      throw new IllegalArgumentException(path + " is there already; give another name", e);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write " + path + ": " + FileProblem.of(e), e);
    }
  }
}
