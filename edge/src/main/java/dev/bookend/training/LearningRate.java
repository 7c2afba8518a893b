package dev.bookend.training;

/**
 * A learning rate that rises at first, then falls along half a cosine to a twentieth.
 *
 * @param highest which is nearly reached
 * @param warmUp for how many steps it rises
 */
record LearningRate(double highest, int warmUp) {
  double at(int step, int steps) {
    double falling = 0.525 + 0.475 * Math.cos(Math.PI * step / steps);
    return highest * Math.min(1, (step + 1.0) / warmUp) * falling;
  }
}
