package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/**
 * What the cloud receives and sends while one prompt is answered, and the truth that it does not
 * receive.
 *
 * @param prompt that was answered
 * @param tokens of prompt and answer, n in all; the last one is never sent
 * @param byDepth the hidden states at the cuts, for each depth k at which the model may be cut
 */
@SuppressWarnings("ArrayRecordComponent") // never changed nor compared
record Observation(PromptTokens prompt, int[] tokens, Map<Integer, Seen> byDepth) {
  /**
   * The hidden states at both cuts.
   *
   * @param lower FP32 [n-1,H], or one row more: output of the lower k layers, which the cloud
   *     receives
   * @param middle of that shape: output of the middle layers, which the cloud sends back
   */
  record Seen(NDArray lower, NDArray middle) {}

  /** Index of the answer's first token. */
  int answerFrom() {
    return prompt.tokens().length;
  }
}
