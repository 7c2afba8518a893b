package dev.bookend.speculation;

/**
 * Decides whether to send the continuation of the likeliest branch before the answer to that branch
 * is there. If the text comes to the continuation, most of a round trip is saved; if not, the next
 * round trip waits until the cloud is done with it. How much is won and lost is learned from this
 * session's round trips.
 */
final class Pipelining {
  /** What an accepted continuation still takes at first, in round trips. */
  private static final double STILL_TAKES = 0.5;

  /** By how much a rejected continuation delays the next round trip at first, in round trips. */
  private static final double DELAYS = 0.3;

  private static final double LEARNING = 0.2;

  /** How fast what was learned is forgotten while nothing is sent ahead, because times change. */
  private static final double FADING = 0.005;

  /** Probabilities are trusted as if so many continuations had been expected and accepted. */
  private static final double PRIOR = 2;

  private final Pipeline mode;
  private double stillTakes = STILL_TAKES;
  private double delays = DELAYS;
  private double expected = PRIOR;
  private double accepted = PRIOR;

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
    double trusted = Math.min(1, probability * accepted / expected);
    boolean pays = trusted * (1 - stillTakes) > (1 - trusted) * delays;
    if (!pays) {
      stillTakes += FADING * (STILL_TAKES - stillTakes);
      delays += FADING * (DELAYS - delays);
      expected += FADING * (PRIOR - expected);
      accepted += FADING * (PRIOR - accepted);
    }
    return pays;
  }

  /**
   * Takes note of whether the text came to a continuation that was sent.
   *
   * @param probability as given to {@link #pays}
   */
  void sent(double probability, boolean isAccepted) {
    expected += probability;
    accepted += isAccepted ? 1 : 0;
  }

  /**
   * Takes note of how long the wait for an accepted continuation was.
   *
   * @param share the part of what a round trip with as many tokens takes
   */
  void waited(double share) {
    stillTakes += LEARNING * (Math.min(1, share) - stillTakes);
  }

  /**
   * Takes note of how long the round trip behind a rejected continuation was.
   *
   * @param share as a multiple of what a round trip with as many tokens takes
   */
  void waitedBehindRejected(double share) {
    delays += LEARNING * (Math.max(0, Math.min(2, share) - 1) - delays);
  }
}
