package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.gguf.GgufCheckpoint;
import dev.bookend.model.checkpoint.part.PartialModel;
import dev.bookend.model.checkpoint.safetensors.HuggingFaceCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the formats in which models lie on disk. */
public final class CheckpointFiles {
  private CheckpointFiles() {}

  /**
   * Opens a GGUF file, a directory with {@code config.json} and {@code *.safetensors}, or one with
   * parts of a model. Checks that every tensor which the configuration implies is there, or is in
   * the whole model, and has the right shape.
   *
   * @throws BookendException if it is none, is corrupt, or holds a model that is not supported
   */
  public static Checkpoint open(Path path) {
    if (!Files.isDirectory(path)) {
      return GgufCheckpoint.open(path);
    }
    return PartialModel.isIn(path)
        ? PartialModel.read(path).open()
        : HuggingFaceCheckpoint.open(path);
  }

  /**
   * What the files say of the model, without reading a tensor.
   *
   * @throws BookendException as {@link #open}
   */
  public static ModelHeader header(Path path) {
    if (!Files.isDirectory(path)) {
      return GgufCheckpoint.header(path).requireExpected();
    }
    return PartialModel.isIn(path)
        ? PartialModel.read(path).header()
        : HuggingFaceCheckpoint.header(path).requireExpected();
  }
}
