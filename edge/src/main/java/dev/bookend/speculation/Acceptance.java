package dev.bookend.speculation;

/**
 * How often the guesses of one drafter turn out right, by their depth: corrects what the drafter
 * expects by what the model said.
 */
final class Acceptance {
  private static final int DEPTHS = 8; // deeper ones count as this deep
  private static final double PRIOR = 4; // guesses' worth of trust in the drafter
  private static final double MEMORY = 0.99;
  private static final double MOST = 0.98;

  private final double[] expected = new double[DEPTHS];
  private final double[] right = new double[DEPTHS];

  /**
   * Takes note of a guess whose parent has become part of the text.
   *
   * @param probability as the drafter gave it
   */
  void record(int depth, double probability, boolean accepted) {
    int i = index(depth);
    expected[i] = MEMORY * expected[i] + probability;
    right[i] = MEMORY * right[i] + (accepted ? 1 : 0);
  }

  /** The probability of a guess, where the drafter gives it this one. */
  double correct(int depth, double probability) {
    int i = index(depth);
    return Math.min(MOST, probability * (PRIOR + right[i]) / (PRIOR + expected[i]));
  }

  private static int index(int depth) {
    return Math.min(depth, DEPTHS) - 1;
  }
}
