package dev.bookend.evaluation.attack;

import java.util.Arrays;
import java.util.Random;

/** Gives rows to a learner in random order, a batch at a time. */
final class Batches {
  private Batches() {}

  /** Something that learns from some rows at a learning rate. */
  interface Learner {
    void learn(int[] rows, float rate);
  }

  /** Gives all rows to a learner once in each epoch. */
  static void train(Training training, int[] rows, Random random, Learner learner) {
    int[] order = rows.clone();
    int each = (rows.length + training.batch() - 1) / training.batch();
    for (int step = 0; step < each * training.epochs(); step++) {
      int from = step % each * training.batch();
      if (from == 0) {
        shuffle(order, random);
      }
      int to = Math.min(rows.length, from + training.batch());
      learner.learn(
          Arrays.copyOfRange(order, from, to), training.rate(step, each * training.epochs()));
    }
  }

  private static void shuffle(int[] values, Random random) {
    for (int i = values.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int value = values[i];
      values[i] = values[other];
      values[other] = value;
    }
  }
}
