package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A perceptron H-w-w-H on top of the {@linkplain DiscriminantInverter#linear linear inverter}: from hidden states to rows of the
 * public embedding, so that it may guess any token of the vocabulary. Trained by the cross entropy
 * over the batch's tokens and some others drawn at random.
 */
final class EmbeddingInverter implements Inverter {
  /** Mean square of a scaled row of the embedding: how far a step of training moves the guesses. */
  private static final double SHARPNESS = 10;

  /** The linear inverter takes states for more regular than they are, and is too sure. */
  private static final float CAUTION = 0.3f;

  private static final int OTHERS = 2048;

  private final NDManager manager;
  private final DiscriminantInverter linear;
  private final Mlp mlp;
  private final NDArray codes; // [V,H]

  /**
   * Trains it.
   *
   * @param embedding FP32 [V,H]
   * @param linear where it begins; closed with this
   * @param rows of the pairs to learn from
   */
  EmbeddingInverter(
      CutLayers layers,
      NDArray embedding,
      DiscriminantInverter linear,
      Pairs pairs,
      int[] rows,
      Training training,
      long seed) {
    this.linear = linear;
    manager = layers.newScope();
    int width = layers.hiddenSize();
    int vocabulary = layers.vocabularySize();
    try (NDArray squares = embedding.square().sum(new int[] {1});
        NDArray mean = squares.mean()) {
      codes = embedding.mul(Math.sqrt(SHARPNESS / mean.getFloat()));
    }
    codes.attach(manager);
    mlp = new Mlp(manager.newSubManager(), width, training.width(), width, true, seed);
    Random random = new Random(seed);
    Batches.train(
        training,
        rows,
        random,
        (batch, rate) -> {
          try (NDManager scope = manager.newSubManager()) {
            int[] targets = pairs.tokens(batch);
            int[] choice =
                IntStream.concat(Arrays.stream(targets), random.ints(OTHERS, 0, vocabulary))
                    .distinct()
                    .toArray();
            Map<Integer, Integer> place = new TreeMap<>();
            for (int i = 0; i < choice.length; i++) {
              place.put(choice[i], i);
            }
            int[] labels = Arrays.stream(targets).map(place::get).toArray();
            NDArray hot = scope.create(labels).oneHot(choice.length, DataType.FLOAT32);
            NDArray some = Pairs.rows(scope, codes, choice);
            NDArray inputs = pairs.states(scope, batch);
            NDArray start = linear.scores(inputs, choice).muli(CAUTION);
            mlp.step(
                inputs,
                change ->
                    change
                        .matMul(some.transpose())
                        .addi(start)
                        .softmax(1)
                        .subi(hot)
                        .divi(batch.length)
                        .matMul(some),
                rate);
          }
        });
  }

  @Override
  public int[][] best(NDArray states, int count) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray inputs = Pairs.scaled(states);
      inputs.attach(scope);
      NDArray change = mlp.forward(inputs).matMul(codes.transpose());
      return Inverter.largest(linear.scores(inputs).muli(CAUTION).addi(change), count);
    }
  }

  @Override
  public void close() {
    linear.close();
    mlp.close();
    manager.close();
  }
}
