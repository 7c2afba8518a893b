package dev.bookend.remote;

import dev.bookend.triton.TritonException;
import dev.bookend.triton.TritonException.Kind;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * Tells hidden states that layers can have computed from those that they cannot. Layers add to what
 * comes in, so what goes out is neither nothing nor beyond all measure. States of 1e20 would
 * overflow in the next norm, all logits would tie, and the text would be token 0 for ever.
 *
 * <p>Not thread-safe.
 */
final class StateCheck {
  // Layers are known to raise the norm of a text's first tokens a few thousandfold; behind the
  // first answer such tokens have been seen.
  private static final double MOST_AT_FIRST = 1e6;
  private static final double MOST = 1e4;
  private static final double LEAST = 1e-6;

  private final int hiddenSize;
  private double largestIn;
  private double largestOut;

  /**
   * @param hiddenSize width of the hidden states, H
   */
  StateCheck(int hiddenSize) {
    this.hiddenSize = hiddenSize;
  }

  /**
   * Checks an answer.
   *
   * @param in what was sent: FP32 [T,H]
   * @param out what came back: FP32 [T,H]
   * @throws TritonException of kind FAILED if it cannot be right
   */
  void require(ByteBuffer in, ByteBuffer out) {
    FloatBuffer sent = in.duplicate().order(in.order()).asFloatBuffer();
    FloatBuffer answered = out.duplicate().order(out.order()).asFloatBuffer();
    double largestHere = 0;
    while (answered.hasRemaining()) {
      double before = norm(sent);
      double after = norm(answered);
      largestIn = Math.max(largestIn, before);
      if (!Double.isFinite(after)) {
        throw wrong(
            "are not finite numbers; its copy of the model is damaged, or its precision is too"
                + " narrow for the model");
      }
      double most = largestOut == 0 ? MOST_AT_FIRST * largestIn : MOST * largestOut;
      if (before > 0 && (after > most || after < LEAST * before)) {
        throw wrong(
            "are beyond what its layers can compute (a norm of %.1e where %.1e went in)"
                .formatted(after, before));
      }
      largestHere = Math.max(largestHere, after);
    }
    largestOut = Math.max(largestOut, largestHere);
  }

  /** The norm of the next row. */
  private double norm(FloatBuffer rows) {
    double sum = 0;
    for (int i = 0; i < hiddenSize; i++) {
      double value = rows.get();
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  private static TritonException wrong(String what) {
    return new TritonException(Kind.FAILED, "the cloud's hidden states " + what, null);
  }
}
