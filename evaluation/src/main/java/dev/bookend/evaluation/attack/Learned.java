package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.store.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The inverters of attackers who know the public layers and the wire.
 *
 * @param nearest expects the codebook's state of each token
 * @param linear does not use the layers
 * @param perceptrons one for each seed
 * @param imprinted one for each seed
 */
record Learned(
    Inverter nearest, Inverter linear, List<Inverter> perceptrons, List<Inverter> imprinted)
    implements AutoCloseable {
  /**
   * Learns from states that were sent over a wire.
   *
   * @param book FP32 [V,H], scaled
   * @param embedding FP32 [V,H]
   * @param pairs from texts, at the depth, before they are sent
   */
  static Learned over(
      Wire wire,
      CutLayers layers,
      AttackPlan plan,
      NDArray book,
      NDArray embedding,
      Pairs pairs,
      Progress progress) {
    List<Inverter> perceptrons = new ArrayList<>();
    List<Inverter> imprinted = new ArrayList<>();
    try (NDManager scope = layers.newScope()) {
      Pairs own = pairs.over(wire, scope, Wire.draws("learning"));
      int[] rows = IntStream.range(0, own.size()).toArray();
      DiscriminantInverter nearest =
          DiscriminantInverter.ofCodebook(layers, expected(scope, wire, book), own, rows);
      for (int seed = 1; seed <= plan.seeds(); seed++) {
        int[] some = own.sample(plan.perceptronPairs(), new Random(seed));
        perceptrons.add(new ClassifierInverter(layers, own, some, Training.of(some.length), seed));
        imprinted.add(new ImprintedInverter(layers, nearest.covariance(), wire, book, own, seed));
        progress.update("learning over " + wire, seed, plan.seeds());
      }
      Inverter linear = DiscriminantInverter.linear(layers, embedding, own, rows);
      return new Learned(nearest, linear, perceptrons, imprinted);
    }
  }

  /**
   * The mean of the codebook's states as they arrive and are scaled again: noise makes states
   * larger, so that scaling makes the token's part smaller.
   */
  private static NDArray expected(NDManager scope, Wire wire, NDArray book) {
    if (!(wire instanceof Wire.Noisy noisy)) {
      return book;
    }
    NDArray expected = book.div(Math.sqrt(1 + noisy.size() * noisy.size()));
    expected.attach(scope);
    return expected;
  }

  @Override
  public void close() {
    nearest.close();
    linear.close();
    perceptrons.forEach(Inverter::close);
    imprinted.forEach(Inverter::close);
  }
}
