package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.RidgeRegression;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Takes the token whose expected state is nearest, where the distance in each direction is measured
 * in units of how far the context moves states in that direction (linear discriminant analysis with
 * one covariance for all tokens). The factory methods differ in the state that they expect of a
 * token.
 */
final class DiscriminantInverter implements Inverter {
  /**
   * This part of the mean variance is added to each direction's, so that directions that hardly
   * vary do not dominate the distance.
   */
  private static final double FLOOR = 1e-3;

  private static final int ROWS = 4096;
  private static final double RIDGE = 1;

  private final NDManager manager;
  private final NDArray covariance; // [H,H]
  private final NDArray precision; // [H,H], its inverse
  private final NDArray expected; // [V,H]
  private final NDArray constants; // [V]

  private DiscriminantInverter(
      CutLayers layers, NDManager kept, NDArray expected, Pairs pairs, int[] rows) {
    this.manager = kept;
    try (NDManager scope = layers.newScope()) {
      int width = layers.hiddenSize();
      NDArray scatter = scope.zeros(new Shape(width, width));
      NDArray sum = scope.zeros(new Shape(width));
      for (int[] some : parts(rows)) {
        try (NDManager part = layers.newScope()) {
          NDArray moved =
              pairs.states(part, some).sub(Pairs.rows(part, expected, pairs.tokens(some)));
          scatter.addi(moved.transpose().matMul(moved));
          sum.addi(moved.sum(new int[] {0}));
        }
      }
      NDArray mean = sum.div(rows.length);
      NDArray column = mean.reshape(-1, 1);
      NDArray measured = scatter.div(rows.length).sub(column.matMul(column.transpose()));
      double floor = FLOOR * measured.mul(scope.eye(width)).sum().getFloat() / width;
      covariance = measured.add(scope.eye(width).mul(floor));
      covariance.attach(manager);
      precision = covariance.inverse();
      precision.attach(manager);
      this.expected = expected.add(mean);
      this.expected.attach(manager);
      constants = this.expected.matMul(precision).mul(this.expected).sum(new int[] {1}).div(2);
      constants.attach(manager);
    }
  }

  /**
   * Expects the states of a {@link Codebook}.
   *
   * @param book FP32 [V,H], scaled
   * @param rows of the pairs from which to estimate the covariance
   */
  static DiscriminantInverter ofCodebook(CutLayers layers, NDArray book, Pairs pairs, int[] rows) {
    return new DiscriminantInverter(layers, layers.newScope(), book, pairs, rows);
  }

  /**
   * Does not use the layers: expects a linear image of what is known of each token, fitted to the
   * pairs. So it can recover tokens that are not among the pairs.
   *
   * @param known FP32 [V,H]: the public embedding, or a codebook of layers that differ a little
   *     from the user's
   * @param rows of the pairs to learn from
   */
  static DiscriminantInverter linear(CutLayers layers, NDArray known, Pairs pairs, int[] rows) {
    int width = layers.hiddenSize();
    try (NDManager scope = layers.newScope();
        RidgeRegression regression = layers.decoder().regression(width, width)) {
      for (int[] some : parts(rows)) {
        try (NDManager part = layers.newScope()) {
          regression.add(Pairs.rows(part, known, pairs.tokens(some)), pairs.states(part, some));
        }
      }
      NDArray map = regression.fit(scope, RIDGE);
      // The row for a constant is left out, because the constructor adds the mean.
      NDArray expected = known.matMul(map.get("0:" + width));
      expected.attach(scope);
      return new DiscriminantInverter(layers, layers.newScope(), expected, pairs, rows);
    }
  }

  private static Iterable<int[]> parts(int[] rows) {
    return () ->
        IntStream.range(0, (rows.length + ROWS - 1) / ROWS)
            .mapToObj(
                i -> Arrays.copyOfRange(rows, i * ROWS, Math.min(rows.length, (i + 1) * ROWS)))
            .iterator();
  }

  /** The covariance of what the context adds to scaled states, FP32 [H,H]. */
  NDArray covariance() {
    return covariance;
  }

  /**
   * The logarithm of each token's probability, up to a constant.
   *
   * @param inputs FP32 [T,H], scaled
   * @return FP32 [T,V], attached to the manager of {@code inputs}
   */
  private NDArray scores(NDArray inputs) {
    return inputs.matMul(precision).matMul(expected.transpose()).subi(constants);
  }

  @Override
  public int[][] best(NDArray states, int count) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray inputs = Pairs.scaled(states);
      inputs.attach(scope);
      return Inverter.largest(scores(inputs), count);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
