package dev.bookend.edge;

import dev.bookend.model.decoder.RandomCheckpoint;
import java.util.List;

/** A random model of four layers, and what it says when it runs whole in one process. */
final class SmallModel {
  private static final RandomCheckpoint CHECKPOINT = new RandomCheckpoint(7);
  static final int VOCABULARY = 50;

  private SmallModel() {}

  static RandomCheckpoint checkpoint() {
    return CHECKPOINT;
  }

  static List<Integer> greedy(int[] prompt, int count) {
    try (WholeModel whole = new WholeModel(CHECKPOINT)) {
      return whole.greedy(prompt, count);
    }
  }
}
