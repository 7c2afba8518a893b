package dev.bookend.speculation;

import dev.bookend.speculation.LearnedCosts.Trust;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How often the model accepts the draft tokens of one drafter, by their depth: corrects the
 * probabilities that the drafter gives by what the model has accepted so far.
 */
final class Acceptance {
  static final int DEPTHS = 8; // Deeper draft tokens count as this deep.

  /** The drafter is trusted as if so many draft tokens had been expected and accepted. */
  private static final double PRIOR = 4;

  private static final double MEMORY = 0.99;
  private static final double MOST = 0.98;

  private final double[] expected = new double[DEPTHS];
  private final double[] accepted = new double[DEPTHS];

  /** Begins with what was accepted in another session. */
  void begin(List<Trust> learned) {
    for (int i = 0; i < DEPTHS; i++) {
      Trust bounded = learned.get(i).bounded();
      expected[i] = bounded.expected();
      accepted[i] = bounded.accepted();
    }
  }

  List<Trust> learned() {
    return IntStream.range(0, DEPTHS).mapToObj(i -> new Trust(expected[i], accepted[i])).toList();
  }

  /**
   * Takes note of a draft token whose parent was accepted.
   *
   * @param probability as the drafter gave it
   */
  void record(int depth, double probability, boolean isAccepted) {
    int i = index(depth);
    expected[i] = MEMORY * expected[i] + probability;
    accepted[i] = MEMORY * accepted[i] + (isAccepted ? 1 : 0);
  }

  /**
   * The probability that a draft token is accepted if its parent is.
   *
   * @param probability as the drafter gives it
   */
  double correct(int depth, double probability) {
    int i = index(depth);
    return Math.min(MOST, probability * (PRIOR + accepted[i]) / (PRIOR + expected[i]));
  }

  private static int index(int depth) {
    return Math.min(depth, DEPTHS) - 1;
  }
}
