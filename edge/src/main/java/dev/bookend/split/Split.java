package dev.bookend.split;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;

/**
 * Where a model is cut: {@code lower} layers at the bottom and {@code upper} layers at the top stay
 * at the edge, the middle goes to the cloud.
 *
 * @param lower k: layers [0,k) are at the edge
 * @param upper m: layers [L-m,L) are at the edge
 */
public record Split(int lower, int upper) {
  /**
   * Reads {@code K} or {@code K:M}; without M, as many layers are upper as lower.
   *
   * @throws IllegalArgumentException if it is neither; the message is for the user
   */
  public static Split parse(String text) {
    String[] parts = text.split(":", -1);
    try {
      if (parts.length <= 2) {
        int lower = Integer.parseInt(parts[0]);
        int upper = Integer.parseInt(parts[parts.length - 1]);
        if (lower >= 0 && upper >= 0) {
          return new Split(lower, upper);
        }
      }
    } catch (NumberFormatException e) {
      // The exception below says it.
    }
    throw new IllegalArgumentException(
        "'" + text + "' is not a split; write K or K:M, e.g. 4 or 4:4 (layers kept at the edge)");
  }

  /**
   * Returns this split if it fits the model.
   *
   * @throws BookendException of code {@link ErrorCode#SPLIT_DOES_NOT_FIT} if this leaves no layer
   *     for the cloud
   */
  public Split requireFits(ModelConfig config) {
    if ((long) lower + upper >= config.layers()) {
      throw new BookendException(
          ErrorCode.SPLIT_DOES_NOT_FIT,
          "split "
              + this
              + " leaves no middle layer for the cloud: the model has "
              + config.layers()
              + " layers");
    }
    return this;
  }

  /** What edge and cloud must agree on if the model is split like this. */
  public Contract contract(Checkpoint checkpoint) {
    return Contract.of(checkpoint, lower, checkpoint.config().layers() - upper);
  }

  @Override
  public String toString() {
    return lower + ":" + upper;
  }
}
