package dev.bookend.speculation;

import java.util.OptionalInt;
import java.util.stream.DoubleStream;

/**
 * Decides how many draft tokens to send: as many as give the most accepted tokens a second, by what
 * this session has measured; none where draft tokens do not pay.
 */
final class CostModel {
  /** One of so many round trips goes without draft tokens: their cost shows only in comparison. */
  private static final int WITHOUT_DRAFT = 64;

  /**
   * After so many round trips in which draft tokens were at hand and none was sent, some are sent,
   * because times change.
   */
  private static final int TRY_AGAIN = 32;

  private static final int TOKENS_TRIED = 4;

  /** By what factor draft tokens must be faster than none: less is lost in measurement noise. */
  private static final double LEAST_GAIN = 1.03;

  /** How many times as many tokens as ever before are sent at most: larger steps may be slow. */
  private static final int GROWTH = 8;

  /** Draft tokens are trusted as if so many of them had been expected and accepted. */
  private static final double PRIOR = 3;

  private static final double MEMORY = 0.98;

  private final OptionalInt fixed;
  private final StepTimes times = new StepTimes();
  private int roundTrips;
  private int inARowWithoutDraft;
  private double expectedNow;
  private double expected = PRIOR;
  private double accepted = PRIOR;

  /**
   * A model that has measured nothing yet.
   *
   * @param fixed how many draft tokens to send whether or not they pay
   */
  CostModel(OptionalInt fixed) {
    this.fixed = fixed;
  }

  /** Begins with what another session has learned. */
  void begin(LearnedCosts learned) {
    times.begin(learned.times());
    expected = learned.draftTokens().bounded().expected();
    accepted = learned.draftTokens().bounded().accepted();
    roundTrips = 1; // the first one need not go without draft tokens
  }

  LearnedCosts.Times times() {
    return times.learned();
  }

  LearnedCosts.Trust trust() {
    return new LearnedCosts.Trust(expected, accepted);
  }

  /**
   * Takes note of a round trip.
   *
   * @param tokens how many tokens were sent, the root among them
   * @param acceptedTokens how many draft tokens were accepted
   */
  void record(int tokens, double seconds, int acceptedTokens) {
    times.record(tokens, seconds);
    record(acceptedTokens);
  }

  /**
   * Takes note of a round trip whose time is no measure of its tokens.
   *
   * @param acceptedTokens how many draft tokens were accepted
   */
  void record(int acceptedTokens) {
    expected = MEMORY * expected + (1 - MEMORY) * PRIOR + expectedNow;
    accepted = MEMORY * accepted + (1 - MEMORY) * PRIOR + acceptedTokens;
    expectedNow = 0;
    roundTrips++;
  }

  /** Whether draft tokens are sent whether or not they pay. */
  boolean isFixed() {
    return fixed.isPresent();
  }

  /** Whether the next round trip is to measure how long one without draft tokens takes. */
  boolean wantsNoDraft() {
    return fixed.isEmpty() && (roundTrips % WITHOUT_DRAFT == 0 || times.isOneTokenInDoubt());
  }

  /**
   * How many of the likeliest draft tokens to send in the next round trip.
   *
   * @param reach for each draft token, the probability that the text comes to it, in falling order
   * @param others number of tokens that are sent in any case, the root among them
   */
  int draftTokens(double[] reach, int others) {
    if (fixed.isPresent()) {
      return Math.min(fixed.getAsInt(), reach.length);
    }
    if (wantsNoDraft() || reach.length == 0) {
      return 0;
    }
    int tokens = best(trusted(reach, others), others, times);
    inARowWithoutDraft = tokens == 0 ? inARowWithoutDraft + 1 : 0;
    if (inARowWithoutDraft == TRY_AGAIN) {
      inARowWithoutDraft = 0;
      tokens = Math.min(TOKENS_TRIED, reach.length);
    }
    expectedNow = DoubleStream.of(reach).limit(tokens).sum();
    return tokens;
  }

  /**
   * The same probabilities, scaled by how many of the draft tokens that were expected to be
   * accepted have been; only as many of them as may be sent.
   */
  private double[] trusted(double[] reach, int others) {
    int most = Math.max(0, Math.min(reach.length, GROWTH * times.mostTokens() - others));
    double trust = accepted / expected;
    return DoubleStream.of(reach).limit(most).map(r -> r * trust).toArray();
  }

  /** The number of draft tokens with the most tokens a second; 0 if they gain next to nothing. */
  static int best(double[] reach, int others, StepTimes times) {
    double[] seconds = times.upTo(others + reach.length);
    double expected = 1;
    int best = 0;
    double bestRate = LEAST_GAIN * expected / seconds[others];
    for (int tokens = 1; tokens <= reach.length; tokens++) {
      expected += reach[tokens - 1];
      double rate = expected / seconds[others + tokens];
      if (rate > bestRate) {
        bestRate = rate;
        best = tokens;
      }
    }
    return best;
  }

  /** Seconds that a round trip with so many tokens is expected to take. */
  double seconds(int tokens) {
    return times.upTo(tokens)[tokens];
  }

  /**
   * As {@link #draftTokens}, for a step that is sent ahead of the answer to another one. Does not
   * count towards how many draft tokens are expected to be accepted.
   */
  int draftTokensBehind(double[] reach, int others) {
    return fixed.isPresent()
        ? Math.min(fixed.getAsInt(), reach.length)
        : best(trusted(reach, others), others, times);
  }

  /** Takes note of the answer to a step that was sent ahead. */
  void recordBehind() {
    expectedNow = 0;
    roundTrips++;
  }

  /**
   * Whether it pays to spend time on something that also sends more tokens.
   *
   * @param seconds that it is expected to save
   * @param cost seconds that it takes apart from the tokens
   * @param others number of tokens that are sent without it
   * @param more number of tokens that are sent for it
   */
  boolean pays(double seconds, double cost, int others, int more) {
    if (fixed.isPresent()) {
      return true;
    }
    double[] times = this.times.upTo(others + more);
    return seconds >= cost + times[others + more] - times[others];
  }
}
