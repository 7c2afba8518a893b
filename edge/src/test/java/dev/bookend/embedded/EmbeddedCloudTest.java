package dev.bookend.embedded;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.split.Split;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.InferRequest;
import dev.bookend.triton.InferResult;
import dev.bookend.triton.InferenceStream;
import dev.bookend.triton.ModelConfiguration.SequenceBatching;
import dev.bookend.triton.Sequence;
import dev.bookend.triton.Tensor;
import dev.bookend.triton.TensorType;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rules and texts of Triton's sequence batcher, through the client and a real socket. */
class EmbeddedCloudTest {
  private static final int WIDTH = 24;
  private static final String MODEL = "middle-1-3";

  private Decoder decoder;
  private EmbeddedCloud cloud;
  private TritonConnection connection;

  @BeforeEach
  void start() {
    start(new EmbeddedCloud.Limits(2, Duration.ofMinutes(10)));
  }

  private void start(EmbeddedCloud.Limits limits) {
    RandomCheckpoint checkpoint = new RandomCheckpoint(7);
    decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
    cloud = EmbeddedCloud.start(decoder, new Split(1, 1).contract(checkpoint), limits, 0);
    connection = TritonConnection.open(cloud.endpoint(), ConnectionOptions.DEFAULT);
  }

  @AfterEach
  void stop() {
    connection.close();
    cloud.close();
    decoder.close();
  }

  /** One token at a position, in the slot of the same number, that sees all before it. */
  private static List<Tensor> token(int position) {
    Random random = new Random(position);
    float[] hidden = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      hidden[i] = (float) random.nextGaussian();
    }
    ByteBuffer cached = ByteBuffer.allocate(16);
    for (int slot = 0; slot < position; slot++) {
      cached.put(slot, (byte) 1);
    }
    return List.of(
        Tensor.of(Contract.HIDDEN, List.of(1L, (long) WIDTH), hidden),
        Tensor.of(Contract.POSITIONS, List.of(1L), position),
        Tensor.of(Contract.SLOTS, List.of(1L), position),
        new Tensor(Contract.CACHED, TensorType.BOOL, List.of(16L), cached),
        new Tensor(
            Contract.TREE, TensorType.BOOL, List.of(1L, 1L), ByteBuffer.wrap(new byte[] {1})));
  }

  private static InferRequest request(int position, long id, boolean start, boolean end) {
    return new InferRequest(MODEL, token(position), Optional.of(new Sequence(id, start, end)));
  }

  private float[] infer(int position, long id, boolean start, boolean end) {
    return connection
        .infer(request(position, id, start, end))
        .output(Contract.HIDDEN_OUT)
        .toFloats();
  }

  private TritonException failure(InferRequest request) {
    return assertThrows(TritonException.class, () -> connection.infer(request));
  }

  private InferRequest withInput(int index, Tensor tensor) {
    List<Tensor> inputs = new ArrayList<>(token(0));
    inputs.set(index, tensor);
    return new InferRequest(MODEL, inputs, Optional.of(new Sequence(5, true, false)));
  }

  @Test
  void describesItselfAsATritonServerDoes() {
    assertTrue(connection.serverLive());
    assertTrue(connection.serverReady());
    assertTrue(connection.modelReady(MODEL));
    assertFalse(connection.modelReady("other"));
    assertEquals(5, connection.modelMetadata(MODEL).inputs().size());
    assertEquals("FP32", connection.modelMetadata(MODEL).outputs().get(0).datatype());
    assertEquals(
        2,
        connection
            .modelConfig(MODEL)
            .sequenceBatching()
            .flatMap(SequenceBatching::oldest)
            .orElseThrow()
            .maxCandidateSequences());
    assertEquals(MODEL, connection.repositoryIndex().get(0).name());
  }

  /** A process would wait for them when it ends. */
  @Test
  @Timeout(60)
  void noThreadWaitsForTheNetworkWhenBothSidesAreClosed() throws InterruptedException {
    stop();
    Set<Thread> others = waiting();
    start();
    assertTrue(connection.serverLive());
    while (others.containsAll(waiting())) {
      TimeUnit.MILLISECONDS.sleep(5); // until they wait again
    }
    connection.close();
    cloud.close();
    assertTrue(others.containsAll(waiting()), waiting().toString());
  }

  private static Set<Thread> waiting() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(entry -> Stream.of(entry.getValue()).anyMatch(EmbeddedCloudTest::waits))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static boolean waits(StackTraceElement frame) {
    return frame.getClassName().contains(".epoll.")
        || frame.getClassName().startsWith("sun.nio.ch.");
  }

  @Test
  void countsWhatItHasRun() {
    infer(0, 1, true, false);
    infer(1, 1, false, true);
    failure(request(0, 2, false, false));
    var statistics = connection.modelStatistics(MODEL).get(0).inferenceStats();
    assertEquals(2, statistics.success().count());
    assertEquals(1, statistics.fail().count());
    assertTrue(statistics.computeInfer().nanoseconds() > 0);
  }

  @Test
  void aSequenceThatWasNotStartedIsRefusedWithTritonsText() {
    TritonException failure = failure(request(0, 77, false, false));
    assertEquals(TritonException.Kind.SEQUENCE_LOST, failure.kind());
    assertTrue(
        failure
            .getMessage()
            .endsWith(
                "inference request for sequence 77 to model 'middle-1-3' must specify the START"
                    + " flag on the first request of the sequence"),
        failure.getMessage());
  }

  @Test
  void aRequestWithoutASequenceIsRefused() {
    TritonException failure = failure(new InferRequest(MODEL, token(0), Optional.empty()));
    assertTrue(failure.getMessage().contains("non-zero or non-empty correlation ID"));
  }

  @Test
  void theEndFlagEndsTheSequence() {
    infer(0, 1, true, true);
    assertEquals(TritonException.Kind.SEQUENCE_LOST, failure(request(1, 1, false, false)).kind());
  }

  @Test
  void startingAgainBeginsFromNothing() {
    float[] first = infer(0, 1, true, false);
    float[] second = infer(1, 1, false, false);
    assertArrayEquals(first, infer(0, 1, true, false), 0f);
    assertArrayEquals(second, infer(1, 1, false, false), 0f);
  }

  @Test
  void oneSequenceTooManyWaitsUntilAnotherEnds() throws Exception {
    infer(0, 1, true, false);
    infer(0, 2, true, false);
    try (InferenceStream stream = connection.openStream()) {
      CompletableFuture<InferResult> first = stream.send(request(0, 3, true, false));
      CompletableFuture<InferResult> second = stream.send(request(1, 3, false, false));
      assertThrows(
          java.util.concurrent.TimeoutException.class, () -> first.get(300, TimeUnit.MILLISECONDS));
      float[] expected = infer(1, 1, false, true);
      assertArrayEquals(
          expected, second.get(5, TimeUnit.MINUTES).output(Contract.HIDDEN_OUT).toFloats(), 0f);
      assertTrue(first.isDone());
    }
  }

  @Test
  void anIdleSequenceExpiresAndLeavesItsPlaceToTheOneThatWaits() {
    stop();
    start(new EmbeddedCloud.Limits(1, Duration.ofMillis(50)));
    infer(0, 1, true, false);
    infer(0, 2, true, false);
    assertEquals(TritonException.Kind.SEQUENCE_LOST, failure(request(1, 1, false, false)).kind());
  }

  @Test
  void wrongTensorsAreRefusedAndTheSequenceGoesOn() {
    float[] expected = infer(0, 9, true, false);
    infer(1, 9, false, true);
    infer(0, 5, true, false);
    for (InferRequest wrong :
        List.of(
            new InferRequest("other", token(0), Optional.of(new Sequence(5, false, false))),
            new InferRequest(
                MODEL, token(0).subList(0, 4), Optional.of(new Sequence(5, false, false))),
            withInput(0, Tensor.of(Contract.HIDDEN, List.of(1L, 3L), 1f, 2f, 3f)),
            withInput(0, Tensor.of("hiden", List.of(1L, 1L), 1f)),
            withInput(1, Tensor.of(Contract.POSITIONS, List.of(1L), 0f)),
            withInput(1, Tensor.of(Contract.POSITIONS, List.of(2L), 0, 1)),
            withInput(2, Tensor.of(Contract.SLOTS, List.of(1L), 16)),
            withInput(2, Tensor.of(Contract.SLOTS, List.of(1L), -1)),
            withInput(
                4,
                new Tensor(
                    Contract.TREE, TensorType.BOOL, List.of(2L, 2L), ByteBuffer.allocate(4))))) {
      TritonException failure = failure(wrong);
      assertTrue(
          failure.kind() == TritonException.Kind.INVALID_REQUEST
              || failure.kind() == TritonException.Kind.MODEL_UNAVAILABLE,
          failure.toString());
    }
    assertArrayEquals(expected, infer(0, 5, true, false), 0f);
    assertArrayEquals(infer(1, 5, false, false), infer(1, 5, false, false), 0f);
  }

  @Test
  void anErrorLeavesTheStreamOpen() {
    try (InferenceStream stream = connection.openStream()) {
      CompletableFuture<InferResult> good = stream.send(request(0, 1, true, false));
      CompletableFuture<InferResult> bad = stream.send(request(0, 8, false, false));
      CompletableFuture<InferResult> next = stream.send(request(1, 1, false, false));
      stream.await(good);
      assertEquals(
          TritonException.Kind.SEQUENCE_LOST,
          assertThrows(TritonException.class, () -> stream.await(bad)).kind());
      assertArrayEquals(
          infer(1, 1, false, false), stream.await(next).output(Contract.HIDDEN_OUT).toFloats(), 0f);
    }
  }
}
