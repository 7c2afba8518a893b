package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.gguf.GgufCheckpoint;
import dev.bookend.model.checkpoint.safetensors.HuggingFaceCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the formats in which models lie on disk. */
public final class CheckpointFiles {
  private CheckpointFiles() {}

  /**
   * Opens a GGUF file, or a directory with {@code config.json} and {@code *.safetensors}. Checks
   * that every tensor which the configuration implies is there and has the right shape.
   *
   * @throws BookendException if it is neither, is corrupt, or holds a model that is not supported
   */
  public static Checkpoint open(Path path) {
    return Files.isDirectory(path) ? HuggingFaceCheckpoint.open(path) : GgufCheckpoint.open(path);
  }
}
