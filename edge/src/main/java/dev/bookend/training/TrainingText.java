package dev.bookend.training;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A text from which a draft head learns.
 *
 * @param tokens its token ids
 * @param from index of the first token after which the head is to predict the next one; the tokens
 *     before it are context
 * @param states what the head learns from: for each kind of state, a row for each token
 */
@SuppressWarnings("ArrayRecordComponent") // shared, not compared
record TrainingText(int[] tokens, int from, List<ByteBuffer> states) {
  /** Shorter texts are left out. */
  private static final int FEWEST_TOKENS = 8;

  int length() {
    return tokens.length;
  }

  boolean isLongEnough() {
    return tokens.length - from >= FEWEST_TOKENS;
  }
}
