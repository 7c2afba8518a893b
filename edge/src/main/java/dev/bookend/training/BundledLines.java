package dev.bookend.training;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The text files that come with this package. */
final class BundledLines {
  private BundledLines() {}

  /** The lines of a file that are not blank. */
  static List<String> of(String file) {
    try (InputStream in = BundledLines.class.getResourceAsStream(file)) {
      String lines = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return lines.lines().filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
