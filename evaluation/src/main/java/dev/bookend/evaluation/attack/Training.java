package dev.bookend.evaluation.attack;

/**
 * How the perceptron is trained.
 *
 * @param width of the two inner layers
 * @param epochs how many times each pair is used
 * @param batch pairs in a step
 * @param rate the learning rate at the beginning; it falls linearly to a tenth
 */
record Training(int width, int epochs, int batch, float rate) {
  private static final int WIDTH = 2048;
  private static final int MOST_EPOCHS = 20;
  private static final int LEAST_EPOCHS = 3;
  private static final int ENOUGH = 150_000;
  private static final int MANY = 10_000;

  /**
   * Trains the network of Cunningham (2026). The more pairs there are, the fewer epochs are enough.
   * Many pairs have many different tokens, which makes the last layer large; the time of a step is
   * then mostly that of its weights, so that larger batches are faster.
   */
  static Training of(int pairs) {
    int epochs = Math.max(LEAST_EPOCHS, Math.min(MOST_EPOCHS, ENOUGH / Math.max(1, pairs)));
    return new Training(WIDTH, epochs, pairs < MANY ? 128 : 512, 1e-3f);
  }

  /** The learning rate at a step. */
  float rate(int step, int steps) {
    return rate * (1 - 0.9f * step / steps);
  }
}
