package dev.bookend.speculation;

/**
 * Decides whether to send the continuation of the likeliest branch before the answer is there. If
 * the text comes to it, most of a round trip is saved; if not, the next round trip waits until the
 * cloud is done with it. How much either is, is learned from this session's round trips.
 */
final class Pipelining {
  /** What a right one still takes, and by how much a wrong one delays; in round trips. */
  private static final double STILL_TAKES = 0.5;

  private static final double DELAYS = 0.3;

  private static final double LEARNING = 0.2;

  /** What was learned fades where it is not put to the test, for times change. */
  private static final double FADING = 0.005;

  private static final double PRIOR = 2; // continuations' worth of trust in their probabilities

  private final Pipeline mode;
  private double stillTakes = STILL_TAKES;
  private double delays = DELAYS;
  private double promised = PRIOR;
  private double kept = PRIOR;

  Pipelining(Pipeline mode) {
    this.mode = mode;
  }

  /**
   * Whether to send a continuation.
   *
   * @param probability that the text comes to it, as the drafters say
   */
  boolean pays(double probability) {
    if (mode != Pipeline.AUTO) {
      return mode == Pipeline.ALWAYS;
    }
    double trusted = Math.min(1, probability * kept / promised);
    boolean pays = trusted * (1 - stillTakes) > (1 - trusted) * delays;
    if (!pays) {
      stillTakes += FADING * (STILL_TAKES - stillTakes);
      delays += FADING * (DELAYS - delays);
      promised += FADING * (PRIOR - promised);
      kept += FADING * (PRIOR - kept);
    }
    return pays;
  }

  /**
   * Takes note of whether the text came to a continuation that was sent.
   *
   * @param probability as given to {@link #pays}
   */
  void sent(double probability, boolean right) {
    promised += probability;
    kept += right ? 1 : 0;
  }

  /**
   * Takes note of how long the wait for a right one was.
   *
   * @param share of what a round trip with so many tokens takes
   */
  void waited(double share) {
    stillTakes += LEARNING * (Math.min(1, share) - stillTakes);
  }

  /**
   * Takes note of a round trip behind a wrong one.
   *
   * @param share of what a round trip with so many tokens takes
   */
  void waitedBehindWrong(double share) {
    delays += LEARNING * (Math.max(0, Math.min(2, share) - 1) - delays);
  }
}
