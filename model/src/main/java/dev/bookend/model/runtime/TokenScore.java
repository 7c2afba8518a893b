package dev.bookend.model.runtime;

import java.util.List;

/**
 * How probable a given token is to the model, whether or not the model would choose it.
 *
 * @param logProbability natural logarithm of the token's probability
 * @param isGreedy whether no token is more probable
 * @param top the most probable tokens in its place, the most probable first, as many as were asked
 *     for
 */
public record TokenScore(float logProbability, boolean isGreedy, List<Scored> top) {
  /** Copies the list. */
  public TokenScore {
    top = List.copyOf(top);
  }

  /** A score without others. */
  public TokenScore(float logProbability, boolean isGreedy) {
    this(logProbability, isGreedy, List.of());
  }

  /** One of the most probable tokens, with the natural logarithm of its probability. */
  public record Scored(int token, float logProbability) {}
}
