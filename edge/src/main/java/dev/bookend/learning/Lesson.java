package dev.bookend.learning;

import dev.bookend.session.Session;
import dev.bookend.speculation.EdgeLayers;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An answer to learn from, and as much of the text before it as there is room for.
 *
 * @param lower FP32 [T,H]: the lower layers' output
 * @param middle FP32 [T,H]: the middle's
 * @param from index of the first token after which the head is to predict the next one
 * @param length T
 */
record Lesson(ByteBuffer lower, ByteBuffer middle, int from, int length) {
  /** A step of training on so many tokens takes well below a second. */
  private static final int MOST_TOKENS = 256;

  /** Shorter answers are left out. */
  private static final int FEWEST_TOKENS = 8;

  /**
   * The end of a session's text.
   *
   * @param prompt how many tokens stood before the answer
   * @return empty, if the answer is very short
   */
  static Optional<Lesson> of(Session session, int prompt) {
    int length = session.length();
    int begin = Math.max(0, Math.min(prompt - 1, length - FEWEST_TOKENS) - MOST_TOKENS / 2);
    int end = Math.min(length, begin + MOST_TOKENS);
    int from = Math.max(1, prompt - 1 - begin);
    if (end - begin - from < FEWEST_TOKENS) {
      return Optional.empty();
    }
    EdgeLayers layers = session.draftLayers();
    return Optional.of(
        new Lesson(
            copy(layers.lowerOutput(begin, end)),
            copy(layers.middleOutput(begin, end)),
            from,
            end - begin));
  }

  private static ByteBuffer copy(ByteBuffer rows) {
    return ByteBuffer.allocateDirect(rows.remaining())
        .order(rows.order())
        .put(rows.duplicate())
        .flip();
  }

  /** How many tokens there are to be predicted. */
  int answerTokens() {
    return length - from;
  }
}
