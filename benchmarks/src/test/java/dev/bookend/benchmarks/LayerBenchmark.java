package dev.bookend.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.architecture.Trait;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.WeightType;
import java.util.BitSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A step through eight layers with 200 tokens cached, by the type of their weights. Eight layers
 * are more than a processor's cache holds, so that weights come from memory, as in decoding.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx2g", "-Dai.djl.pytorch.num_threads=1", "-DOPT_OUT_TRACKING=true"})
public class LayerBenchmark {
  private static final int CACHED = 200;

  /** Eight layers of SmolLM2-135M's geometry, four of Qwen2.5-0.5B's, two of Qwen2.5-1.5B's. */
  @Param({"135M", "0.5B", "1.5B"})
  String model;

  @Param({"F32", "INT8"})
  WeightType weights;

  @Param({"1", "8", "32"})
  int tokens;

  private Decoder decoder;
  private DecoderRange layers;
  private KvCache cache;
  private NDManager scope;
  private NDArray hidden;
  private Step step;

  private static ModelConfig geometry(String model) {
    return switch (model) {
      case "135M" -> geometry(Architecture.LLAMA, Set.of(), 8, 576, 1536, 9, 3, 64);
      case "0.5B" ->
          geometry(Architecture.QWEN2, Set.of(Trait.ATTENTION_BIAS), 4, 896, 4864, 14, 2, 64);
      default ->
          geometry(Architecture.QWEN2, Set.of(Trait.ATTENTION_BIAS), 2, 1536, 8960, 12, 2, 128);
    };
  }

  private static ModelConfig geometry(
      Architecture family,
      Set<Trait> traits,
      int layers,
      int width,
      int inner,
      int heads,
      int kv,
      int headDim) {
    return new ModelConfig(
        family,
        traits,
        layers,
        width,
        inner,
        heads,
        kv,
        headDim,
        100,
        8192,
        1e-5,
        new RotaryEmbedding(
            IntStream.range(0, headDim / 2)
                .mapToObj(i -> Math.pow(100_000, -2.0 * i / headDim))
                .toList()),
        OptionalInt.empty(),
        Set.of(2));
  }

  @Setup
  public void open() {
    decoder = Decoder.open(new RandomCheckpoint(1, geometry(model)), Device.cpu(), weights);
    layers = decoder.range(0, decoder.config().layers());
    cache = layers.newCache();
    scope = decoder.newScope();
    hidden = scope.randomNormal(new Shape(tokens, decoder.config().hiddenSize()));
    BitSet cached = new BitSet();
    cached.set(0, CACHED);
    int[] positions = IntStream.range(CACHED, CACHED + tokens).toArray();
    step = Step.chain(positions, positions, cached, Step.capacityFor(CACHED + tokens));
  }

  @Benchmark
  public float step() {
    try (NDArray out = layers.forward(hidden, step, cache)) {
      return out.getFloat(0, 0);
    }
  }

  @TearDown
  public void close() {
    scope.close();
    cache.close();
    layers.close();
    decoder.close();
  }
}
