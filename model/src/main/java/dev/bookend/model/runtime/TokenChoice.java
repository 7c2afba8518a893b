package dev.bookend.model.runtime;

import dev.bookend.model.runtime.TokenScore.Scored;
import java.util.List;

/**
 * The next token.
 *
 * @param token its id
 * @param margin by how much the difference of two logits would have to change for another token to
 *     be chosen: the largest minus the second largest. A sampled token's margin is no larger than
 *     that difference: it is how far the random number was from the next token's share, how far the
 *     tokens that top-k or top-p sorts beside it were from changing places with it, and how far
 *     top-p was from keeping one token more or less, whichever is least. A margin near zero is a
 *     near tie, where another order of floating-point sums could choose otherwise
 * @param logProbability natural logarithm of the probability that the model gives the token,
 *     computed from the logits that it was chosen by, at temperature 1; NaN where it was not asked
 *     for
 * @param top the most probable tokens in its place at temperature 1, the most probable first; as
 *     many as were asked for
 */
public record TokenChoice(int token, float margin, float logProbability, List<Scored> top) {
  /** Margin under which a choice counts as a near tie. */
  public static final float NEAR_TIE = 1e-3f;

  /** Copies the list. */
  public TokenChoice {
    top = List.copyOf(top);
  }

  TokenChoice(int token, float margin) {
    this(token, margin, Float.NaN, List.of());
  }

  /** Whether another order of floating-point sums could choose otherwise. */
  public boolean isNearTie() {
    return margin < NEAR_TIE;
  }
}
