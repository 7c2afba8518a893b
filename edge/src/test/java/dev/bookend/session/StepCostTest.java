package dev.bookend.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.bookend.model.runtime.Choosing;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.session.CallCounter.Calls;
import dev.bookend.speculation.TokenTree;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What one step costs once a session runs, over a real connection; prints it. The calls depend
 * neither on the model nor on the number of tokens, the bytes on both by a formula. Who changes a
 * number here changes docs/benchmarks.md too.
 */
class StepCostTest {
  /** Computes for the edge, and does all of the embedded cloud's work. */
  private static final String COMPUTE_THREAD = "bookend-compute";

  private static final int WARM_UP = 200;
  private static final int STEPS = 20;
  private static final int CAPACITY = 64;

  private final int width = SmallModel.checkpoint().config().hiddenSize();
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private SplitModel model;
  private Session session;

  @BeforeEach
  void open() {
    model =
        SplitModel.open(SmallModel.checkpoint(), SplitOptions.DEFAULT.withSplit(new Split(1, 1)));
    session = model.newSession();
    session.prefill(new int[] {3, 1, 4, 1, 5});
  }

  @AfterEach
  void close() {
    session.close();
    model.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void callsIntoPyTorchAndDirectBuffers(int tokens) {
    step(tokens);
    try (CallCounter counter = new CallCounter()) {
      step(tokens);
      Calls edge = counter.of(Thread.currentThread().getName());
      Calls compute = counter.of(COMPUTE_THREAD);
      counter.reset();
      step(tokens);
      assertEquals(edge, counter.of(Thread.currentThread().getName()), "not the same every step");
      assertEquals(compute, counter.of(COMPUTE_THREAD), "not the same every step");

      print(tokens, "edge", edge);
      print(tokens, "cloud and layers of both", compute);
      assertEquals(43, edge.intoPyTorch(), "calls at the edge: " + edge);
      assertEquals(3, edge.directBuffers(), "direct buffers at the edge");
      assertEquals(4, compute.count("moduleRunMethod"), "runs: " + compute);
      assertEquals(17 + 4 * 2, compute.intoPyTorch(), "calls in the cloud, and runs: " + compute);
      assertEquals(2, compute.directBuffers(), "direct buffers in the cloud");
      assertNothingIsLeft(edge, 3);
      assertNothingIsLeft(compute, 1);
    }
  }

  /** Random numbers go in beside the hidden states; logits stay inside. */
  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void samplingCostsAFewCallsAndNoCopyOfLogits(int tokens) {
    Sampling sampling = new Sampling(1, 40, 0.9, 1);
    session.verify(draftTokens(tokens), Choosing.of(sampling));
    try (CallCounter counter = new CallCounter()) {
      session.verify(draftTokens(tokens), Choosing.of(sampling));
      Calls edge = counter.of(Thread.currentThread().getName());
      print(tokens, "edge, sampling", edge);
      assertEquals(54, edge.intoPyTorch(), "calls at the edge: " + edge);
      assertEquals(4, edge.directBuffers(), "direct buffers at the edge");
    }
  }

  private static void print(int tokens, String where, Calls calls) {
    System.out.printf(
        "T=%d %s: %d calls into PyTorch, %d direct buffers: %s%n",
        tokens, where, calls.intoPyTorch(), calls.directBuffers(), calls.byMethod());
  }

  /**
   * Tensors and their wrappers live in native memory, where nobody sees them pile up.
   *
   * @param runs on the compute thread, each of which makes a value
   */
  private static void assertNothingIsLeft(Calls calls, int runs) {
    assertEquals(
        calls.count("torchFromBlob", "iValueToTensor"),
        calls.count("torchDeleteTensor"),
        "tensors made and freed: " + calls);
    assertEquals(
        calls.count("iValueFromTensor") + runs,
        calls.count("torchDeleteIValue"),
        "values made and freed: " + calls);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void bytesOnTheWire(int tokens) {
    long hidden = 4L * tokens * width;
    long sent = model.statistics().bytesSent();
    long received = model.statistics().bytesReceived();
    step(tokens);
    sent = model.statistics().bytesSent() - sent;
    received = model.statistics().bytesReceived() - received;

    System.out.printf("T=%d sent: %d, received: %d bytes%n", tokens, sent, received);
    long tensors = hidden + 2 * 4L * tokens + CAPACITY + (long) tokens * tokens;
    assertFrame(tokens, sent - tensors, 208);
    assertFrame(tokens, received - hidden, 48);
  }

  /** Names, shapes and lengths; the lengths and the sequence's random id are of variable length. */
  private static void assertFrame(int tokens, long bytes, long most) {
    assertTrue(
        bytes <= most && bytes >= most - 6,
        bytes + " bytes around the tensors, T=" + tokens + "; docs/benchmarks.md says " + most);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void bytesOfJavaHeap(int tokens) {
    for (int i = 0; i < WARM_UP; i++) {
      step(tokens);
    }
    long cloudThread =
        LongStream.of(threads.getAllThreadIds())
            .filter(id -> threads.getThreadInfo(id).getThreadName().equals(COMPUTE_THREAD))
            .findFirst()
            .orElseThrow();
    long edge = threads.getCurrentThreadAllocatedBytes();
    long cloud = threads.getThreadAllocatedBytes(cloudThread);
    for (int i = 0; i < STEPS; i++) {
      step(tokens);
    }
    edge = (threads.getCurrentThreadAllocatedBytes() - edge) / STEPS;
    cloud = (threads.getThreadAllocatedBytes(cloudThread) - cloud) / STEPS;

    System.out.printf("T=%d Java heap, edge: %d, cloud: %d bytes%n", tokens, edge, cloud);
    assertTrue(edge < 48 << 10, "edge: " + edge);
    assertTrue(cloud < 24 << 10, "cloud: " + cloud);
  }

  /** Draft tokens that are all rejected: the session stays as it is. */
  private void step(int tokens) {
    session.verify(draftTokens(tokens));
  }

  private static TokenTree draftTokens(int tokens) {
    int[] draftTokens = new int[tokens];
    Arrays.fill(draftTokens, 7);
    return TokenTree.chain(draftTokens);
  }
}
