package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A perceptron of the shape of {@link ClassifierInverter}'s, H-w-w-V, for all tokens of the
 * vocabulary, which learns in one pass. Its inner layers are random; they are applied to states
 * that are transformed so that the context moves them equally far in all directions. Its last layer
 * holds, for each token, the mean of the inner layers' outputs for that token's states (imprinted
 * weights, Qi and others 2018). One state is enough to learn a token, where gradient descent needs
 * many; a text with every token would be too long.
 */
final class ImprintedInverter implements Inverter {
  private static final int WIDTH = 2048;
  private static final int AT_ONCE = 1024;

  /** How many times each state of the codebook is drawn over a wire with noise. */
  private static final int NOISY_DRAWS = 4;

  private final NDManager manager;
  private final NDArray centre; // [H]
  private final NDArray first; // [H,w]
  private final NDArray second; // [w,w]
  private final NDArray last; // [V,w]
  private final NDArray constants; // [V]
  private final int[] classes; // the token of each row of the last layer

  /**
   * Learns.
   *
   * @param covariance FP32 [H,H], of what the context adds to states
   * @param wire that states are sent over
   * @param book FP32 [V,H]: a state of each token, scaled, before it is sent
   * @param text pairs from texts, after they were sent
   * @param seed of the inner layers
   */
  ImprintedInverter(
      CutLayers layers, NDArray covariance, Wire wire, NDArray book, Pairs text, long seed) {
    manager = layers.newScope();
    Random random = new Random(seed);
    centre = text.states().mean(new int[] {0});
    centre.attach(manager);
    int width = layers.hiddenSize();
    try (NDArray spread = random(random, width, WIDTH)) {
      first = layers.decoder().decorrelate(manager, covariance, spread);
    }
    second = random(random, WIDTH, WIDTH);
    int[] seen = Arrays.stream(text.tokens()).sorted().distinct().toArray();
    classes =
        IntStream.concat(
                Arrays.stream(seen),
                IntStream.range(0, (int) book.getShape().get(0))
                    .filter(t -> Arrays.binarySearch(seen, t) < 0))
            .toArray();
    last = manager.create(new Shape(classes.length, WIDTH));
    Random noise = Wire.draws("imprinting");
    int draws = wire instanceof Wire.Noisy ? NOISY_DRAWS : 1;
    for (int from = 0; from < classes.length; from += AT_ONCE) {
      int to = Math.min(classes.length, from + AT_ONCE);
      try (NDManager scope = manager.newSubManager()) {
        NDArray states = Pairs.rows(scope, book, Arrays.copyOfRange(classes, from, to));
        NDArray sum = null;
        for (int draw = 0; draw < draws; draw++) {
          NDArray made = inner(Pairs.scaled(wire.carry(states, noise)));
          sum = sum == null ? made : sum.addi(made);
        }
        last.set(new NDIndex("{}:{}", from, to), sum.divi(draws));
      }
    }
    try (NDManager scope = manager.newSubManager()) {
      NDArray means = means(scope, text, seen);
      last.set(new NDIndex("0:{}", seen.length), means);
    }
    try (NDManager scope = manager.newSubManager()) {
      constants = last.get(scope, new NDIndex(":")).square().sum(new int[] {1}).divi(2);
      constants.attach(manager);
    }
  }

  /** The mean of the inner layers' outputs for the states of some tokens, in text and codebook. */
  private NDArray means(NDManager scope, Pairs text, int[] tokens) {
    NDArray sums = last.get(scope, new NDIndex("0:{}", tokens.length)).duplicate();
    sums.attach(scope);
    float[] counts = new float[tokens.length];
    Arrays.fill(counts, 1);
    for (int from = 0; from < text.size(); from += AT_ONCE) {
      int[] rows = IntStream.range(from, Math.min(text.size(), from + AT_ONCE)).toArray();
      int[] labels =
          Arrays.stream(text.tokens(rows)).map(t -> Arrays.binarySearch(tokens, t)).toArray();
      Arrays.stream(labels).forEach(label -> counts[label]++);
      try (NDManager part = manager.newSubManager()) {
        NDArray hot = part.create(labels).oneHot(tokens.length, DataType.FLOAT32);
        sums.addi(hot.transpose().matMul(inner(text.states(part, rows))));
      }
    }
    return sums.divi(scope.create(counts, new Shape(counts.length, 1)));
  }

  /** The inner layers' outputs for scaled states: [B,H] to [B,w]. */
  private NDArray inner(NDArray states) {
    return states.sub(centre).matMul(first).maximum(0).matMul(second).maximum(0);
  }

  private NDArray random(Random random, int inputs, int outputs) {
    float[] values = new float[inputs * outputs];
    double size = Math.sqrt(2.0 / inputs); // outputs as large as inputs
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (size * random.nextGaussian());
    }
    return manager.create(values, new Shape(inputs, outputs));
  }

  @Override
  public int[][] best(NDArray states, int count) {
    try (NDManager scope = manager.newSubManager();
        NDArray means = last.transpose()) {
      NDArray inputs = Pairs.scaled(states);
      inputs.attach(scope);
      NDArray scores = inner(inputs).matMul(means).subi(constants);
      int[][] best = Inverter.largest(scores, count);
      for (int[] row : best) {
        Arrays.setAll(row, i -> classes[row[i]]);
      }
      return best;
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
