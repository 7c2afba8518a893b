package dev.bookend.model.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A copy of a model's files.
 *
 * @param model a directory, or a GGUF file, perhaps one of several
 * @param mayLink whether files with weights may become further names of the same bytes, which takes
 *     no room
 */
record ModelCopy(Path model, boolean mayLink, Progress progress) {
  private static final int BUFFER = 1 << 20;

  /** Is copied at once, which nobody needs to watch. */
  private static final long SMALL = 16 << 20;

  /**
   * Copies the files into a directory, which is made.
   *
   * @throws FileAlreadyExistsException if a file of one of the names is there; nothing is copied
   */
  void into(Path directory) throws IOException {
    Files.createDirectories(directory);
    List<Path> files = files();
    for (Path file : files) {
      Path target = directory.resolve(nameOf(file));
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileAlreadyExistsException(target.toString());
      }
    }
    for (Path file : files) {
      copy(file, directory.resolve(nameOf(file)));
    }
  }

  private List<Path> files() throws IOException {
    if (!Files.isDirectory(model)) {
      return GgufFiles.of(model);
    }
    try (Stream<Path> files = Files.list(model)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** Ollama's files have no ending that says what they are. */
  private String nameOf(Path file) {
    String name = file.getFileName().toString();
    return Files.isDirectory(model) || name.toLowerCase(Locale.ROOT).endsWith(".gguf")
        ? name
        : "model.gguf";
  }

  private void copy(Path file, Path target) throws IOException {
    Path real = file.toRealPath(); // Hugging Face's cache has links
    boolean isWeights = ModelFiles.isWeights(target.getFileName().toString());
    if (mayLink && isWeights) {
      try {
        Files.createLink(target, real);
        return;
      } catch (IOException | UnsupportedOperationException e) {
        // another disk, or one without links
      }
    }
    long bytes = Files.size(real);
    long done = 0;
    try (InputStream in = Files.newInputStream(real);
        OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW)) {
      byte[] buffer = new byte[BUFFER];
      for (int count; (count = in.read(buffer)) > 0; ) {
        out.write(buffer, 0, count);
        done += count;
        if (bytes > SMALL) {
          progress.update(target.getFileName().toString(), done, bytes);
        }
      }
    }
  }
}
