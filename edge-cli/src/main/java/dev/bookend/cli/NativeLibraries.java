package dev.bookend.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;

/**
 * Where DJL unpacks the native libraries that it loads. Its own choice where the home cannot be
 * written is a directory of a known name in the one for temporary files, into which any user of the
 * machine could have put libraries before.
 */
final class NativeLibraries {
  private NativeLibraries() {}

  /**
   * A directory that only this user can write; empty: DJL's own choice is one.
   *
   * @param environment as {@link System#getenv()}; its {@code DJL_CACHE_DIR} holds
   * @throws IOException if there is none, for another user was first
   */
  static Optional<Path> directory(Map<String, String> environment, Path home, Path temporary)
      throws IOException {
    if (environment.containsKey("DJL_CACHE_DIR")
        || (Files.isDirectory(home) && Files.isWritable(home))) {
      return Optional.empty();
    }
    Path directory = temporary.resolve("bookend-" + System.getProperty("user.name"));
    boolean posix = temporary.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] mine =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
            }
            : new FileAttribute<?>[0];
    try {
      Files.createDirectory(directory, mine);
    } catch (FileAlreadyExistsException e) {
      requireMine(directory, temporary, posix);
    }
    return Optional.of(directory);
  }

  private static void requireMine(Path directory, Path temporary, boolean posix)
      throws IOException {
    Path own = Files.createTempFile(temporary, "bookend", "");
    try {
      boolean mine =
          Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
              && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(own))
              && (!posix
                  || PosixFilePermissions.toString(Files.getPosixFilePermissions(directory))
                      .endsWith("------"));
      if (!mine) {
        throw new IOException(directory + " is not a directory that only you can use");
      }
    } finally {
      Files.delete(own);
    }
  }
}
