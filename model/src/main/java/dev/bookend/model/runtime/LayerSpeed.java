package dev.bookend.model.runtime;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.architecture.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How long this machine takes for a layer and the output of a model of some geometry. Measured in a
 * few seconds with made-up weights. A large layer is measured narrower, and its time multiplied by
 * how many more bytes of weights it has; the output is measured with a part of the vocabulary.
 *
 * @param points for some numbers of tokens, in ascending order
 * @param narrowed by how much the layer's width was divided; 1: not at all
 */
public record LayerSpeed(List<Point> points, int narrowed) {
  private static final long MOST_BYTES = 256L << 20;
  private static final int VOCABULARY = 4096;
  private static final int[] TOKENS = {1, 4, 16};
  private static final int WARM_UP = 3;
  private static final int RUNS = 7;
  private static final int CACHED = 128;
  private static final double MILLIS = 1e6;

  /**
   * The time of a step.
   *
   * @param tokens how many
   * @param layer ms for one layer
   * @param output ms for the final norm and the whole LM head
   */
  public record Point(int tokens, double layer, double output) {}

  /** Measures on a device. */
  public static LayerSpeed measure(ModelConfig config, Device device, WeightType type) {
    int divisor = 1;
    while (layerBytes(narrowed(config, divisor), type) > MOST_BYTES && divisor < 16) {
      divisor *= 2;
    }
    ModelConfig narrow = narrowed(config, divisor);
    double layerFactor = layerBytes(config, type) / (double) layerBytes(narrow, type);
    double outputFactor =
        (double) config.vocabularySize()
            * config.hiddenSize()
            / ((double) narrow.vocabularySize() * narrow.hiddenSize());
    List<Point> points = new ArrayList<>();
    try (Decoder decoder = Decoder.open(new GeometryCheckpoint(narrow), device, type);
        DecoderRange layer = decoder.range(0, 1);
        OutputHead output = decoder.outputHead()) {
      for (int tokens : TOKENS) {
        points.add(
            new Point(
                tokens,
                layerFactor * millis(() -> step(decoder, layer, tokens)),
                outputFactor * millis(() -> choose(decoder, output, tokens))));
      }
    }
    return new LayerSpeed(points, divisor);
  }

  /** One layer, of a width divided by a power of two, and few tokens. */
  private static ModelConfig narrowed(ModelConfig config, int divisor) {
    int kvHeads = Math.max(1, config.kvHeads() / divisor);
    int heads = kvHeads * (config.heads() / config.kvHeads());
    return new ModelConfig(
        config.architecture(),
        config.traits(),
        1,
        Math.max(2, config.hiddenSize() / divisor),
        Math.max(2, config.intermediateSize() / divisor),
        heads,
        kvHeads,
        config.headDim(),
        Math.min(VOCABULARY, config.vocabularySize()),
        config.contextLength(),
        config.normEpsilon(),
        config.rope(),
        config.slidingWindow(),
        config.endTokens());
  }

  private static long layerBytes(ModelConfig config, WeightType type) {
    return config.tensors().layer().stream()
        .mapToLong(tensor -> type.bytes(config.tensors().shape(tensor)))
        .sum();
  }

  private static double millis(Runnable step) {
    for (int i = 0; i < WARM_UP; i++) {
      step.run();
    }
    double[] times = new double[RUNS];
    for (int i = 0; i < RUNS; i++) {
      long start = System.nanoTime();
      step.run();
      times[i] = (System.nanoTime() - start) / MILLIS;
    }
    Arrays.sort(times);
    return times[RUNS / 2];
  }

  private static void step(Decoder decoder, DecoderRange layer, int tokens) {
    BitSet cached = new BitSet();
    cached.set(0, CACHED);
    int[] positions = IntStream.range(CACHED, CACHED + tokens).toArray();
    try (NDManager scope = decoder.newScope();
        KvCache cache = layer.newCache()) {
      Step step = Step.chain(positions, positions, cached, Step.capacityFor(CACHED + tokens));
      layer.forward(states(scope, decoder, tokens), step, cache).get(0, 0).getFloat();
    }
  }

  private static void choose(Decoder decoder, OutputHead output, int tokens) {
    try (NDManager scope = decoder.newScope()) {
      output.greedy(states(scope, decoder, tokens));
    }
  }

  private static NDArray states(NDManager scope, Decoder decoder, int tokens) {
    return scope.ones(new Shape(tokens, decoder.config().hiddenSize()));
  }

  /** Ms of a step: some layers and the output. Between measured points, a line. */
  public double millis(int layers, int tokens) {
    Point last = points.get(points.size() - 1);
    Point before = points.get(0);
    for (Point point : points) {
      if (point.tokens() >= tokens) {
        last = point;
        break;
      }
      before = point;
    }
    if (last.tokens() == before.tokens()) {
      return layers * last.layer() + last.output();
    }
    double share = (tokens - before.tokens()) / (double) (last.tokens() - before.tokens());
    return layers * (before.layer() + share * (last.layer() - before.layer()))
        + before.output()
        + share * (last.output() - before.output());
  }
}
