package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/**
 * What the cloud computes on while one prompt is answered, and what it is not told.
 *
 * @param prompt that was answered
 * @param tokens of prompt and answer, n in all; the last one is never sent
 * @param byDepth for each depth k at which the model may be cut at both ends, what passes the cuts
 */
@SuppressWarnings("ArrayRecordComponent") // never changed nor compared
record Observation(PromptTokens prompt, int[] tokens, Map<Integer, Seen> byDepth) {
  /**
   * @param lower FP32 [n-1,H], or one row more: output of the lower k layers, which the cloud
   *     receives
   * @param middle of that shape: output of the middle layers, which the cloud sends back
   */
  record Seen(NDArray lower, NDArray middle) {}

  /** Where the answer begins. */
  int answerFrom() {
    return prompt.tokens().length;
  }
}
