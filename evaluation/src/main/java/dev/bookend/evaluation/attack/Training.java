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
  /** The rate at a step. */
  float rate(int step, int steps) {
    return rate * (1 - 0.9f * step / steps);
  }
}
