package dev.bookend.model;

import dev.bookend.model.runtime.Step;
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/** The tensors of a step besides the hidden states: made at the edge, read again in the cloud. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StepBenchmark {
  private static final int CACHED = 200;
  private static final int CAPACITY = 256;

  @Param({"1", "8", "32"})
  int tokens;

  private int[] places;
  private BitSet cached;
  private Step step;

  @Setup
  public void prepare() {
    places = new int[tokens];
    Arrays.setAll(places, i -> CACHED + i);
    cached = new BitSet();
    cached.set(0, CACHED);
    step = make();
  }

  @Benchmark
  public Step make() {
    return Step.chain(places, places, cached, CAPACITY);
  }

  @Benchmark
  public Step read() {
    return Step.of(step.positions(), step.slots(), step.cached(), step.tree());
  }
}
