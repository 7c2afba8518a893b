package dev.bookend.model.store;

import dev.bookend.model.checkpoint.gguf.PartName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** The files of a GGUF model, which may be in several. */
final class GgufFiles {
  private GgufFiles() {}

  /** The file, or all files of the model that it is one of. */
  static List<Path> of(Path file) {
    return PartName.parse(file.getFileName().toString())
        .map(
            part ->
                IntStream.rangeClosed(1, part.count())
                    .mapToObj(number -> file.resolveSibling(part.withNumber(number)))
                    .toList())
        .orElse(List.of(file));
  }

  /** Their size; those that are missing count nothing. */
  static long bytes(Path file) throws IOException {
    long bytes = 0;
    for (Path part : of(file)) {
      bytes += Files.exists(part) ? Files.size(part) : 0;
    }
    return bytes;
  }
}
