package dev.bookend.evaluation.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files with prompts and answers, which other users of the machine must not read. */
final class PrivateFiles {
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");

  private PrivateFiles() {}

  /** Makes a directory, and those above it, unless it is there. */
  static void makeDirectory(Path directory) throws IOException {
    Files.createDirectories(directory, attributes(directory, DIRECTORY));
  }

  /** Replaces a file's content. */
  static void write(Path file, String content) throws IOException {
    write(file, content, StandardOpenOption.TRUNCATE_EXISTING);
  }

  /** Adds to a file. */
  static void append(Path file, String content) throws IOException {
    write(file, content, StandardOpenOption.APPEND);
  }

  private static void write(Path file, String content, OpenOption how) throws IOException {
    if (Files.notExists(file)) {
      Files.createFile(file, attributes(file, FILE));
    } else if (isPosix(file) && Files.isRegularFile(file)) { // an earlier version made it
      Files.setPosixFilePermissions(file, FILE);
    }
    Files.write(file, content.getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE, how);
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) {
    return isPosix(path)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }
}
