package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;

/** Predicts the token that a hidden state belongs to from the state alone. */
interface Inverter extends AutoCloseable {
  /**
   * The likeliest tokens, the likeliest first.
   *
   * @param states FP32 [T,H] as they arrived
   * @param count most tokens for each state; fewer if the inverter knows fewer
   */
  int[][] best(NDArray states, int count);

  /** For each row of scores [T,V], the columns with the largest scores, the largest first. */
  static int[][] largest(NDArray scores, int count) {
    int width = (int) Math.min(count, scores.getShape().get(1));
    long[] flat = scores.topK(width, 1, true, true).get(1).toLongArray();
    int[][] best = new int[(int) scores.getShape().get(0)][width];
    for (int i = 0; i < flat.length; i++) {
      best[i / width][i % width] = (int) flat[i];
    }
    return best;
  }

  @Override
  default void close() {}
}
