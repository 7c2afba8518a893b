package dev.bookend.evaluation.attack;

/**
 * How a learned attacker trains.
 *
 * @param width of the two layers inside
 * @param epochs how often it sees each pair
 * @param batch pairs a step
 * @param rate of learning at the beginning; it falls to a tenth in a straight line
 */
record Training(int width, int epochs, int batch, float rate) {
  private static final int WIDTH = 2048;
  private static final int MOST_EPOCHS = 20;
  private static final int LEAST_EPOCHS = 3;
  private static final int ENOUGH = 150_000;
  private static final int MANY = 10_000;

  /**
   * The network of Cunningham (2026); the more pairs, the fewer times it sees each. Many pairs have
   * many tokens: a step then costs mostly by its weights, and takes more pairs.
   */
  static Training of(int pairs) {
    int epochs = Math.max(LEAST_EPOCHS, Math.min(MOST_EPOCHS, ENOUGH / Math.max(1, pairs)));
    return new Training(WIDTH, epochs, pairs < MANY ? 128 : 512, 1e-3f);
  }

  /** The rate at a step. */
  float rate(int step, int steps) {
    return rate * (1 - 0.9f * step / steps);
  }
}
