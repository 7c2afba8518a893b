package dev.bookend.edge.speculation;

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

  private final StepTimes times = new StepTimes();
  private int roundTrips;
  private int spurned;

  /** Takes note of a round trip. */
  void record(int tokens, double seconds) {
    times.record(tokens, seconds);
    roundTrips++;
  }

  /** Whether the next round trip is for measuring what one without any guesses takes. */
  boolean wantsNoGuesses() {
    return roundTrips % WITHOUT_GUESSES == 0;
  }

  /**
   * How many of the likeliest guesses to send in the next round trip.
   *
   * @param reach of each guess, the probability that the text comes to it, in falling order
   * @param others tokens that are sent in any case, the root among them
   */
  int guesses(double[] reach, int others) {
    if (wantsNoGuesses() || reach.length == 0) {
      return 0;
    }
    int best = best(reach, others, times);
    spurned = best == 0 ? spurned + 1 : 0;
    if (spurned == TRY_AGAIN) {
      spurned = 0;
      return Math.min(GUESSES_TRIED, reach.length);
    }
    return best;
  }

  /** The number of guesses with the most tokens a second; the smallest of them. */
  static int best(double[] reach, int others, StepTimes times) {
    double[] seconds = times.upTo(others + reach.length);
    double expected = 1;
    int best = 0;
    double bestRate = expected / seconds[others];
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

  /** How many seconds longer a round trip takes with some more tokens. */
  double extraSeconds(int tokens, int more) {
    double[] seconds = times.upTo(tokens + more);
    return seconds[tokens + more] - seconds[tokens];
  }
}
