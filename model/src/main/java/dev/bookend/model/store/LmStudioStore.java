package dev.bookend.model.store;

import dev.bookend.model.checkpoint.gguf.PartName;
import dev.bookend.model.store.StoredModel.Keeper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * LM Studio's models, read in place: {@code PUBLISHER/MODEL/FILE.gguf}.
 *
 * @param directory its directory, which need not exist
 */
record LmStudioStore(Path directory) {
  private static final int DEPTH = 3;

  /** All GGUF files. Of a model in several the first stands for all. */
  List<StoredModel> list() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<StoredModel> models = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory, DEPTH)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = file.getFileName().toString();
        boolean isModel =
            name.toLowerCase(Locale.ROOT).endsWith(".gguf")
                && !name.startsWith("mmproj") // how pictures are read, beside a model
                && PartName.parse(name).map(part -> part.number() == 1).orElse(true);
        if (isModel) {
          models.add(
              new StoredModel(
                  Keeper.LM_STUDIO.prefix()
                      + directory.relativize(file).toString().replace('\\', '/'),
                  file,
                  GgufFiles.bytes(file),
                  Keeper.LM_STUDIO,
                  false));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      return models;
    }
    return models;
  }

  /** Deletes a model's files. */
  static void remove(StoredModel model) throws IOException {
    for (Path file : GgufFiles.of(model.path())) {
      Files.deleteIfExists(file);
    }
  }
}
