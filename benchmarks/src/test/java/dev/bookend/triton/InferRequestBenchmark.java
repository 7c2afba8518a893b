package dev.bookend.triton;

import dev.bookend.model.runtime.Step;
import dev.bookend.triton.proto.ModelInferRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
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

/** A step of width 576 as a message, and the message as bytes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class InferRequestBenchmark {
  private static final long WIDTH = 576;
  private static final int CACHED = 200;
  private static final int CAPACITY = 256;

  @Param({"1", "8", "32"})
  int tokens;

  private Step step;
  private ByteBuffer hidden;

  @Setup
  public void prepare() {
    int[] places = new int[tokens];
    Arrays.setAll(places, i -> CACHED + i);
    BitSet cached = new BitSet();
    cached.set(0, CACHED);
    step = Step.chain(places, places, cached, CAPACITY);
    hidden = ByteBuffer.allocate((int) WIDTH * tokens * Float.BYTES);
  }

  @Benchmark
  public ModelInferRequest toMessage() {
    long t = tokens;
    List<Tensor> inputs =
        List.of(
            new Tensor("hidden", TensorType.FP32, List.of(t, WIDTH), hidden),
            new Tensor("positions", TensorType.INT32, List.of(t), step.positions()),
            new Tensor("slots", TensorType.INT32, List.of(t), step.slots()),
            new Tensor("cached", TensorType.BOOL, List.of((long) CAPACITY), step.cached()),
            new Tensor("tree", TensorType.BOOL, List.of(t, t), step.tree()));
    Sequence sequence = new Sequence(1L << 60, false, false);
    return new InferRequest("bookend-middle", inputs, Optional.of(sequence)).toMessage("1");
  }

  @Benchmark
  public int toBytes() throws IOException {
    ModelInferRequest message = toMessage();
    message.writeTo(OutputStream.nullOutputStream());
    return message.getSerializedSize();
  }
}
