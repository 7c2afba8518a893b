package dev.bookend.cli.chat;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The file of the lines that a user has typed; only he can read it. */
public final class InputHistory {
  private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rw-------");

  private InputHistory() {}

  /** Makes the file, or makes sure that nobody else can read the one that is there. */
  static void prepare(Path file) {
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    try {
      FileAttribute<?>[] directory =
          posix
              ? new FileAttribute<?>[] {
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
              }
              : new FileAttribute<?>[0];
      Files.createDirectories(file.getParent(), directory);
      if (Files.notExists(file)) {
        Files.createFile(
            file,
            posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWN)}
                : new FileAttribute<?>[0]);
      } else if (posix) {
        Files.setPosixFilePermissions(file, OWN);
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write " + file + ": " + FileProblem.of(e), e);
    }
  }
}
