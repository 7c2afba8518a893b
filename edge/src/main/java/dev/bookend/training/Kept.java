package dev.bookend.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.bookend.model.runtime.TextBatch;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What is kept of the hidden states of a text, for a draft head to learn from.
 *
 * @param type as which it is kept
 * @param of makes, of what a {@link TextBatch} puts out for B texts, what is kept: FP32 [B,H] each
 */
record Kept(DataType type, UnaryOperator<List<NDArray>> of) {
  /** Only the tokens are wanted. */
  static final Kept NOTHING = new Kept(DataType.FLOAT32, outputs -> List.of());
}
