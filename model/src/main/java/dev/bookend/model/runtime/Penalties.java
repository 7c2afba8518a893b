package dev.bookend.model.runtime;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The penalties and the bias of OpenAI's API: to the logit of a token, its bias is added; from the
 * logit of a token that the answer has already, the presence penalty is taken, and the frequency
 * penalty as often as the answer has the token. The prompt's tokens do not count.
 */
public final class Penalties implements TokenRules {
  private final double presence;
  private final double frequency;
  private final Map<Integer, Float> bias;
  private final Map<Integer, Integer> counts;

  /**
   * Rules for the beginning of an answer.
   *
   * @param bias added to the logits of some tokens
   */
  public Penalties(double presence, double frequency, Map<Integer, Float> bias) {
    this(presence, frequency, Map.copyOf(bias), Map.of());
  }

  private Penalties(
      double presence, double frequency, Map<Integer, Float> bias, Map<Integer, Integer> counts) {
    this.presence = presence;
    this.frequency = frequency;
    this.bias = bias;
    this.counts = counts;
  }

  @Override
  public LogitEdit edit() {
    Map<Integer, Float> added = new HashMap<>(bias);
    if (presence != 0 || frequency != 0) {
      counts.forEach(
          (token, count) ->
              added.merge(token, (float) -(presence + frequency * count), Float::sum));
    }
    return new LogitEdit(added, Optional.empty());
  }

  @Override
  public TokenRules after(int token) {
    if (presence == 0 && frequency == 0) {
      return this;
    }
    Map<Integer, Integer> more = new HashMap<>(counts);
    more.merge(token, 1, Integer::sum);
    return new Penalties(presence, frequency, bias, more);
  }
}
