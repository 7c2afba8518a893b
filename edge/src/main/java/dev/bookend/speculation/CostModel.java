package dev.bookend.speculation;

import java.util.OptionalInt;
import java.util.stream.DoubleStream;

/**
 * Decides how many guesses to send: as many as give the most committed tokens a second, by what
 * this session has measured. None, where guesses do not pay.
 */
final class CostModel {
  /** Every so many round trips one goes without guesses: what they cost shows only beside it. */
  private static final int WITHOUT_GUESSES = 64;

  /** After so many round trips without guesses that were at hand, some are sent: times change. */
  private static final int TRY_AGAIN = 32;

  private static final int GUESSES_TRIED = 4;

  /**
   * By how much guesses must be faster than none: less is lost in the noise of what is measured.
   */
  private static final double LEAST_GAIN = 1.03;

  /** How many times as many tokens as ever before are sent at most: larger steps may be slow. */
  private static final int GROWTH = 8;

  private static final double PRIOR = 3; // tokens' worth of trust in what guesses promise
  private static final double MEMORY = 0.98;

  private final OptionalInt fixed;
  private final StepTimes times = new StepTimes();
  private int roundTrips;
  private int spurned;
  private double promisedNow;
  private double promised = PRIOR;
  private double kept = PRIOR;

  /**
   * @param fixed how many guesses to send regardless of what pays
   */
  CostModel(OptionalInt fixed) {
    this.fixed = fixed;
  }

  /**
   * Takes note of a round trip.
   *
   * @param accepted how many guesses turned out right
   */
  void record(int tokens, double seconds, int accepted) {
    times.record(tokens, seconds);
    record(accepted);
  }

  /**
   * Takes note of a round trip of which the time says nothing.
   *
   * @param accepted how many guesses turned out right
   */
  void record(int accepted) {
    promised = MEMORY * promised + (1 - MEMORY) * PRIOR + promisedNow;
    kept = MEMORY * kept + (1 - MEMORY) * PRIOR + accepted;
    promisedNow = 0;
    roundTrips++;
  }

  /** Whether guesses are sent regardless of what pays. */
  boolean isFixed() {
    return fixed.isPresent();
  }

  /** Whether the next round trip is for measuring what one without any guesses takes. */
  boolean wantsNoGuesses() {
    return fixed.isEmpty() && (roundTrips % WITHOUT_GUESSES == 0 || times.isOneTokenInDoubt());
  }

  /**
   * How many of the likeliest guesses to send in the next round trip.
   *
   * @param reach of each guess, the probability that the text comes to it, in falling order
   * @param others tokens that are sent in any case, the root among them
   */
  int guesses(double[] reach, int others) {
    if (fixed.isPresent()) {
      return Math.min(fixed.getAsInt(), reach.length);
    }
    if (wantsNoGuesses() || reach.length == 0) {
      return 0;
    }
    int guesses = best(trusted(reach, others), others, times);
    spurned = guesses == 0 ? spurned + 1 : 0;
    if (spurned == TRY_AGAIN) {
      spurned = 0;
      guesses = Math.min(GUESSES_TRIED, reach.length);
    }
    promisedNow = DoubleStream.of(reach).limit(guesses).sum();
    return guesses;
  }

  /**
   * How likely guesses are by what earlier ones kept of what they promised all together; so many of
   * them as may be sent.
   */
  private double[] trusted(double[] reach, int others) {
    int most = Math.max(0, Math.min(reach.length, GROWTH * times.mostTokens() - others));
    double trust = kept / promised;
    return DoubleStream.of(reach).limit(most).map(r -> r * trust).toArray();
  }

  /** The number of guesses with the most tokens a second; none if they gain next to nothing. */
  static int best(double[] reach, int others, StepTimes times) {
    double[] seconds = times.upTo(others + reach.length);
    double expected = 1;
    int best = 0;
    double bestRate = LEAST_GAIN * expected / seconds[others];
    for (int guesses = 1; guesses <= reach.length; guesses++) {
      expected += reach[guesses - 1];
      double rate = expected / seconds[others + guesses];
      if (rate > bestRate) {
        bestRate = rate;
        best = guesses;
      }
    }
    return best;
  }

  /** Seconds that a round trip is expected to take. */
  double seconds(int tokens) {
    return times.upTo(tokens)[tokens];
  }

  /** As {@link #guesses}, behind other guesses that are not answered yet; promises nothing. */
  int guessesBehind(double[] reach, int others) {
    return fixed.isPresent()
        ? Math.min(fixed.getAsInt(), reach.length)
        : best(trusted(reach, others), others, times);
  }

  /** Takes note of the answer to guesses that were sent behind others. */
  void recordBehind() {
    promisedNow = 0;
    roundTrips++;
  }

  /**
   * Whether something pays that costs time and sends more tokens.
   *
   * @param seconds that it is worth
   * @param cost seconds that it takes apart from the tokens
   * @param others tokens that are sent without it
   * @param more tokens that are sent for it
   */
  boolean pays(double seconds, double cost, int others, int more) {
    if (fixed.isPresent()) {
      return true;
    }
    double[] times = this.times.upTo(others + more);
    return seconds >= cost + times[others + more] - times[others];
  }
}
