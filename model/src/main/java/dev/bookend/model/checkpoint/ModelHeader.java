package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import dev.bookend.model.architecture.ModelConfig;
import java.nio.file.Path;

/**
 * What the files of a model say of it before any tensor is read.
 *
 * @param path for messages
 * @param tensors by Hugging Face name
 */
public record ModelHeader(Path path, ModelConfig config, StoredTensors<TensorPlace> tensors) {

  /**
   * Compares the tensors with those that the configuration implies.
   *
   * @throws BookendException naming the first that is missing, misshapen or has no place
   */
  public ModelHeader requireExpected() {
    new ExpectedTensors(config).check(path, tensors.map(TensorPlace::dimensions));
    return this;
  }
}
