package dev.bookend.model.runtime;

import java.util.SplittableRandom;

/**
 * How the next token is chosen from the model's logits. They are divided by the temperature. Of the
 * {@code topK} most probable tokens, the fewest are kept that together have a share of at least
 * {@code topP}, and one of these is drawn in proportion to its probability.
 *
 * <p>The random number for a token depends only on the seed and the token's position, not on the
 * size of steps or on draft tokens. So with the same seed, speculative decoding draws the same
 * tokens as sequential decoding.
 *
 * @param temperature 0: take the most probable token
 * @param topK 0: all
 * @param topP 1: all
 * @param seed of the random numbers
 */
public record Sampling(double temperature, int topK, double topP, long seed) {
  /** Takes the most probable token. */
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);

  /**
   * @throws IllegalArgumentException if a value is outside of its range
   */
  public Sampling {
    if (!(temperature >= 0 && temperature <= 100)) {
      throw new IllegalArgumentException("temperature " + temperature + " is not in 0 to 100");
    }
    if (topK < 0) {
      throw new IllegalArgumentException("top-k " + topK + " is negative");
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top-p " + topP + " is not above 0 and at most 1");
    }
  }

  public boolean isGreedy() {
    return temperature == 0;
  }

  /** The random number for the token at a position: uniform, above 0 and below 1. */
  double uniform(int position) {
    long bits = new SplittableRandom(seed ^ (0x9E3779B97F4A7C15L * (position + 1L))).nextLong();
    return ((bits >>> 12) + 0.5) * 0x1p-52;
  }
}
