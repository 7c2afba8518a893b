package dev.bookend.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory whose files an input overwrites; it goes when the JVM ends. */
final class Scratch {
  private final Path directory;

  Scratch() {
    try {
      directory = Files.createTempDirectory("bookend-fuzz");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    directory.toFile().deleteOnExit();
  }

  Path directory() {
    return directory;
  }

  /** Writes a file anew. Maps of the one before stay what they were. */
  Path write(String name, byte[] content) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.deleteIfExists(file)) {
      file.toFile().deleteOnExit();
    }
    return Files.write(file, content);
  }
}
