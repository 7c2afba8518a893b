package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Compares the tensors in a checkpoint with those that its configuration implies. */
record ExpectedTensors(ModelConfig config) {

  /**
   * Compares them. A layer with a tensor that is not expected (a bias, a further norm, experts)
   * computes something else, so that is refused too.
   *
   * @param tensors what the checkpoint has, by Hugging Face name
   * @throws BookendException naming the first tensor that differs
   */
  void check(Path file, Map<String, StoredTensor> tensors) {
    Map<String, long[]> shapes = config.tensors().shapes();
    shapes.forEach(
        (name, shape) -> {
          StoredTensor tensor = tensors.get(name);
          if (tensor == null) {
            throw new BookendException(
                ErrorCode.MODEL_DAMAGED,
                file + ": tensor " + name + " is missing; fetch the model again");
          }
          if (!Arrays.equals(tensor.shape(), shape)) {
            throw new BookendException(
                ErrorCode.MODEL_DAMAGED,
                file
                    + ": tensor "
                    + name
                    + " has shape "
                    + Arrays.toString(tensor.shape())
                    + ", but the configuration implies "
                    + Arrays.toString(shape));
          }
        });
    Architecture architecture = config.architecture();
    for (String name : tensors.keySet()) {
      // Early Llama checkpoints carry the rotary frequencies, which follow from the configuration.
      if (architecture.isInLayer(name)
          && !shapes.containsKey(name)
          && !name.endsWith(".rotary_emb.inv_freq")) {
        throw new BookendException(
            ErrorCode.MODEL_UNSUPPORTED,
            file
                + ": tensor "
                + name
                + " has no place in a "
                + architecture.name()
                + " model as this program knows it; use a checkpoint of the plain architecture");
      }
    }
  }
}
