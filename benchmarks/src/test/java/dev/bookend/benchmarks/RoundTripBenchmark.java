package dev.bookend.benchmarks;

import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.session.Session;
import dev.bookend.speculation.TokenTree;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import java.util.OptionalInt;
import java.util.Random;
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
 * One round trip through the embedded cloud, all layers, 200 tokens cached: embedding, lower
 * layers, gRPC, middle layers, gRPC, upper layers, LM head. Nothing is committed, so every step is
 * the same.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx2g", "-Dai.djl.pytorch.num_threads=1", "-DOPT_OUT_TRACKING=true"})
public class RoundTripBenchmark {
  private static final int CACHED = 200;

  /** In the tiny model next to nothing is computed: what is left is the way there and back. */
  @Param({"tiny", "135M"})
  String model;

  @Param({"1", "8"})
  int tokens;

  private SplitModel split;
  private Session session;
  private TokenTree guesses;

  /** The geometry of SmolLM2-135M; time does not depend on what the weights are. */
  private static Checkpoint sampleGeometry() {
    double theta = 100_000;
    int headDim = 64;
    return new RandomCheckpoint(
        1,
        new ModelConfig(
            Architecture.LLAMA,
            Set.of(),
            30,
            576,
            1536,
            9,
            3,
            headDim,
            49_152,
            8192,
            1e-5,
            new RotaryEmbedding(
                IntStream.range(0, headDim / 2)
                    .mapToObj(i -> Math.pow(theta, -2.0 * i / headDim))
                    .toList()),
            OptionalInt.empty(),
            Set.of(2)));
  }

  @Setup
  public void open() {
    boolean tiny = model.equals("tiny");
    Checkpoint checkpoint = tiny ? new RandomCheckpoint(1) : sampleGeometry();
    Split layers = tiny ? new Split(1, 1) : new Split(4, 4);
    split = SplitModel.open(checkpoint, SplitOptions.DEFAULT.withSplit(layers));
    session = split.newSession();
    Random random = new Random(1);
    session.prefill(random.ints(CACHED, 0, checkpoint.config().vocabularySize()).toArray());
    guesses =
        TokenTree.chain(random.ints(tokens, 0, checkpoint.config().vocabularySize()).toArray());
  }

  @Benchmark
  public TokenChoice[] verify() {
    return session.verify(guesses);
  }

  @TearDown
  public void close() {
    session.close();
    split.close();
  }
}
