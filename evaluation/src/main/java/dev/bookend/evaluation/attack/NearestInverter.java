package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;

/** Takes the token whose state in a {@link Codebook} is nearest. Needs nothing but the codebook. */
final class NearestInverter implements Inverter {
  private static final int ROWS = 64; // whose scores, [rows,V], are held at once

  private final NDArray book;

  /**
   * @param book FP32 [V,H], scaled; not closed with this
   */
  NearestInverter(NDArray book) {
    this.book = book;
  }

  @Override
  public int[][] best(NDArray states, int count) {
    int all = (int) states.getShape().get(0);
    int[][] best = new int[all][];
    for (int from = 0; from < all; from += ROWS) {
      int to = Math.min(all, from + ROWS);
      try (NDManager scope = states.getManager().newSubManager()) {
        NDArray some = Pairs.scaled(states.get(scope, new NDIndex("{}:{}", from, to)));
        NDArray turned = book.transpose();
        turned.attach(scope);
        // All states have one length, so the nearest is the one with the largest product.
        int[][] part = Inverter.largest(some.matMul(turned), count);
        System.arraycopy(part, 0, best, from, part.length);
      }
    }
    return best;
  }
}
