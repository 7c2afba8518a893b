package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Random;

/**
 * The inverter of Cunningham (2026, arXiv 2602.16760): a perceptron H-w-w-C that classifies hidden
 * states by token. Its C classes are the tokens in its training documents, because with the whole
 * vocabulary as classes it would not predict other tokens either.
 */
final class ClassifierInverter implements Inverter {
  private final NDManager manager;
  private final Mlp mlp;
  private final int[] classes; // the token of each class

  /**
   * Trains it.
   *
   * @param rows of the pairs to learn from
   */
  ClassifierInverter(CutLayers layers, Pairs pairs, int[] rows, Training training, long seed) {
    manager = layers.newScope();
    classes = Arrays.stream(pairs.tokens(rows)).sorted().distinct().toArray();
    mlp =
        new Mlp(
            manager.newSubManager(), layers.hiddenSize(), training.width(), classes.length, seed);
    Batches.train(
        training,
        rows,
        new Random(seed),
        (batch, rate) -> {
          try (NDManager scope = manager.newSubManager()) {
            int[] labels =
                Arrays.stream(pairs.tokens(batch))
                    .map(token -> Arrays.binarySearch(classes, token))
                    .toArray();
            NDArray hot = scope.create(labels).oneHot(classes.length, DataType.FLOAT32);
            mlp.step(
                pairs.states(scope, batch),
                logits -> logits.softmax(1).subi(hot).divi(batch.length),
                rate);
          }
        });
  }

  @Override
  public int[][] best(NDArray states, int count) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray inputs = Pairs.scaled(states);
      inputs.attach(scope);
      int[][] best = Inverter.largest(mlp.forward(inputs), count);
      for (int[] row : best) {
        Arrays.setAll(row, i -> classes[row[i]]);
      }
      return best;
    }
  }

  @Override
  public void close() {
    mlp.close();
    manager.close();
  }
}
