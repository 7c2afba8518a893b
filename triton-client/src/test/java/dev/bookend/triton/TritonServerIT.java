package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.triton.ModelConfiguration.SequenceBatching;
import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.testing.TritonServer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against a real Triton server. The texts expected of it are those of release 2.51. */
class TritonServerIT {
  private static TritonServer server;
  private static TritonConnection connection;

  static Path models() throws Exception {
    return Path.of(TritonServerIT.class.getResource("/models").toURI());
  }

  @BeforeAll
  static void start() throws Exception {
    server =
        TritonServer.start(
            models(),
            "--model-control-mode=explicit",
            "--load-model=accumulator",
            "--load-model=echo",
            "--load-model=slow");
    connection = TritonConnection.open(server.endpoint(), ConnectionOptions.DEFAULT);
  }

  @AfterAll
  static void stop() {
    if (connection != null) {
      connection.close();
    }
    if (server != null) {
      server.close();
    }
  }

  static InferRequest slow(int millis) {
    return new InferRequest(
        "slow", List.of(Tensor.of("millis", List.of(1L), millis)), Optional.empty());
  }

  private static InferRequest add(int value, Sequence sequence) {
    return new InferRequest(
        "accumulator", List.of(Tensor.of("value", List.of(1L), value)), Optional.of(sequence));
  }

  private static InferRequest echo(Tensor input) {
    return new InferRequest("echo", List.of(input), Optional.empty())
        .withOutputs(List.of(input.name().replace("in_", "out_")));
  }

  private static TritonException failure(InferRequest request) {
    return assertThrows(TritonException.class, () -> connection.infer(request));
  }

  private static TritonException streamFailure(InferRequest request) {
    try (InferenceStream stream = connection.openStream()) {
      return assertThrows(TritonException.class, () -> stream.await(stream.send(request)));
    }
  }

  private static void assertFailure(Kind kind, String text, TritonException failure) {
    assertEquals(server.endpoint() + ": " + text, failure.getMessage());
    assertEquals(kind, failure.kind());
  }

  @Test
  void serverAndModelsDescribeThemselves() {
    assertTrue(connection.serverLive());
    assertTrue(connection.serverReady());
    assertEquals("triton", connection.serverMetadata().name());
    assertTrue(connection.modelReady("slow"));
    assertTrue(connection.modelReady("slow", "1"));
    assertFalse(connection.modelReady("slow", "2"));
    assertFalse(connection.modelReady("missing"));
    assertEquals(
        List.of(new TensorMetadata("millis", "INT32", List.of(1L))),
        connection.modelMetadata("slow", "1").inputs());
    ModelConfiguration slow = connection.modelConfig("slow");
    assertEquals("python", slow.backend());
    assertEquals(connection.modelMetadata("slow").inputs(), slow.inputs());
    assertEquals(Optional.empty(), slow.sequenceBatching());
    assertEquals(
        16,
        connection
            .modelConfig("accumulator")
            .sequenceBatching()
            .flatMap(SequenceBatching::oldest)
            .orElseThrow()
            .maxCandidateSequences());
  }

  /** Metadata and configuration have one word for a type, which is also that of requests. */
  @Test
  void datatypesHaveTheNamesThatRequestsUse() {
    ModelConfiguration configuration = connection.modelConfig("echo");
    assertEquals(connection.modelMetadata("echo").inputs(), configuration.inputs());
    assertEquals(connection.modelMetadata("echo").outputs(), configuration.outputs());
    configuration.inputs().forEach(input -> TensorType.valueOf(input.datatype()));
  }

  @Test
  void statisticsCountTheInferences() throws Exception {
    long before = connection.modelStatistics("slow").get(0).inferenceCount();
    connection.infer(slow(0));
    long giveUp = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
    // Triton counts after it has answered.
    while (connection.modelStatistics("slow").get(0).inferenceCount() == before
        && System.nanoTime() < giveUp) {
      Thread.sleep(10);
    }
    ModelStatistics statistics = connection.modelStatistics("slow").get(0);
    assertEquals(before + 1, statistics.inferenceCount());
    assertTrue(statistics.inferenceStats().success().count() > 0);
    assertTrue(statistics.inferenceStats().computeInfer().nanoseconds() > 0);
    assertTrue(statistics.lastInferenceMillis() > 0);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"BYTES", "BF16"}) // Python has no BF16
  void everyDatatypeComesBackAsItWent(TensorType type) {
    byte[] bytes = new byte[6 * type.bytes()];
    if (type == TensorType.BOOL) {
      bytes[2] = 1;
    } else {
      new Random(1).nextBytes(bytes);
    }
    String suffix = type.name().toLowerCase(Locale.ROOT);
    Tensor input = new Tensor("in_" + suffix, type, List.of(6L), ByteBuffer.wrap(bytes));
    Tensor output = connection.infer(echo(input)).output("out_" + suffix);
    assertEquals(type, output.type());
    assertEquals(List.of(6L), output.shape());
    assertEquals(input.content(), output.content());
  }

  @Test
  void stringsComeBackAsTheyWent() {
    Tensor input = Tensor.of("in_string", List.of(3L), "", "zwei", "三");
    Tensor output = connection.infer(echo(input)).output("out_string");
    assertEquals(List.of("", "zwei", "三"), output.toStrings());
  }

  @Test
  void messagesOfManyMegabytesGoBothWays() {
    int[] values = new Random(2).ints(3 << 20).toArray();
    Tensor input = Tensor.of("in_int32", List.of((long) values.length), values);
    long sent = connection.bytesSent();
    long received = connection.bytesReceived();
    assertArrayEquals(values, connection.infer(echo(input)).output("out_int32").toInts());
    assertEquals(echo(input).toMessage("").getSerializedSize(), connection.bytesSent() - sent);
    long content = 4L * values.length;
    assertTrue(connection.bytesSent() - sent - content < 100);
    assertTrue(connection.bytesReceived() - received - content < 100);
  }

  @Test
  void asynchronousCallsOverlap() {
    CompletableFuture<InferResult> first = connection.inferAsync(slow(20));
    CompletableFuture<InferResult> second = connection.inferAsync(slow(-1));
    assertArrayEquals(new int[] {20}, first.join().output("slept").toInts());
    CompletionException failed = assertThrows(CompletionException.class, second::join);
    assertTrue(failed.getCause().getMessage().contains("time does not go back"));
  }

  @Test
  void sixteenSequencesInterleaveOnOneStreamWithoutWaiting() {
    int sequences = 16;
    int steps = 20;
    List<CompletableFuture<InferResult>> answers = new ArrayList<>();
    try (InferenceStream stream = connection.openStream()) {
      for (int step = 0; step < steps; step++) {
        for (int id = 1; id <= sequences; id++) {
          answers.add(stream.send(add(id * step, new Sequence(id, step == 0, step == steps - 1))));
        }
      }
      for (int i = 0; i < answers.size(); i++) {
        int step = i / sequences;
        int id = i % sequences + 1;
        assertArrayEquals(
            new int[] {id * step * (step + 1) / 2},
            stream.await(answers.get(i)).output("sum").toInts());
      }
    }
  }

  @Test
  void sequenceGoesOnOverANewStream() {
    try (InferenceStream first = connection.openStream()) {
      first.await(first.send(add(1, new Sequence(77, true, false))));
    }
    try (InferenceStream second = connection.openStream()) {
      int[] sum =
          second.await(second.send(add(2, new Sequence(77, false, true)))).output("sum").toInts();
      assertArrayEquals(new int[] {3}, sum);
    }
  }

  @Test
  void unknownSequenceIsLostAndLeavesTheStreamAlone() {
    String text =
        "inference request for sequence 99 to model 'accumulator' must specify the START flag on"
            + " the first request of the sequence";
    try (InferenceStream stream = connection.openStream()) {
      CompletableFuture<InferResult> lost = stream.send(add(1, new Sequence(99, false, false)));
      CompletableFuture<InferResult> sound = stream.send(add(5, new Sequence(98, true, true)));
      assertFailure(
          Kind.SEQUENCE_LOST, text, assertThrows(TritonException.class, () -> stream.await(lost)));
      assertArrayEquals(new int[] {5}, stream.await(sound).output("sum").toInts());
    }
    assertFailure(Kind.SEQUENCE_LOST, text, failure(add(1, new Sequence(99, false, false))));
  }

  @Test
  void endedSequenceIsLost() {
    connection.infer(add(1, new Sequence(97, true, true)));
    assertEquals(Kind.SEQUENCE_LOST, failure(add(1, new Sequence(97, false, false))).kind());
  }

  @Test
  void requestWithoutASequenceIsRefusedByAStatefulModel() {
    InferRequest request =
        new InferRequest(
            "accumulator", List.of(Tensor.of("value", List.of(1L), 1)), Optional.empty());
    assertFailure(
        Kind.INVALID_REQUEST,
        "inference request to model 'accumulator' must specify a non-zero or non-empty"
            + " correlation ID",
        failure(request));
  }

  @Test
  void unknownModelIsUnavailable() {
    InferRequest request = new InferRequest("missing", List.of(), Optional.empty());
    String text = "Request for unknown model: 'missing' is not found";
    assertFailure(Kind.MODEL_UNAVAILABLE, text, failure(request));
    assertFailure(Kind.MODEL_UNAVAILABLE, text, streamFailure(request));
  }

  @Test
  void unknownVersionIsUnavailable() {
    TritonException failure = failure(slow(0).withVersion("7"));
    assertFailure(
        Kind.MODEL_UNAVAILABLE,
        "Request for unknown model: 'slow' version 7 is not found",
        failure);
    assertArrayEquals(
        new int[] {0}, connection.infer(slow(0).withVersion("1")).output("slept").toInts());
  }

  private static InferRequest slow(Tensor input) {
    return new InferRequest("slow", List.of(input), Optional.empty());
  }

  @Test
  void wrongShapeIsAnInvalidRequest() {
    InferRequest request = slow(Tensor.of("millis", List.of(2L), 0, 0));
    String text = "unexpected shape for input 'millis' for model 'slow'. Expected [1], got [2].";
    assertFailure(Kind.INVALID_REQUEST, text, failure(request));
    assertFailure(Kind.INVALID_REQUEST, text, streamFailure(request));
  }

  @Test
  void wrongDatatypeIsAnInvalidRequest() {
    InferRequest request = slow(Tensor.of("millis", List.of(1L), 0f));
    String text = "inference input 'millis' data-type is 'FP32', but model 'slow' expects 'INT32'";
    assertFailure(Kind.INVALID_REQUEST, text, failure(request));
    assertFailure(Kind.INVALID_REQUEST, text, streamFailure(request));
  }

  @Test
  void wrongInputNameIsAnInvalidRequest() {
    InferRequest request = slow(Tensor.of("hours", List.of(1L), 0));
    String text = "unexpected inference input 'hours' for model 'slow'";
    assertFailure(Kind.INVALID_REQUEST, text, failure(request));
    assertFailure(Kind.INVALID_REQUEST, text, streamFailure(request));
  }

  @Test
  void missingInputIsAnInvalidRequest() {
    InferRequest request = new InferRequest("slow", List.of(), Optional.empty());
    String text =
        "expected 1 inputs but got 0 inputs for model 'slow'. Got input(s) [], but missing"
            + " required input(s) ['millis']. Please provide all required input(s).";
    assertFailure(Kind.INVALID_REQUEST, text, failure(request));
    assertFailure(Kind.INVALID_REQUEST, text, streamFailure(request));
  }

  @Test
  void unknownOutputIsAnInvalidRequest() {
    InferRequest request = slow(0).withOutputs(List.of("dreamt"));
    String text = "unexpected inference output 'dreamt' for model 'slow'";
    assertFailure(Kind.INVALID_REQUEST, text, failure(request));
    assertFailure(Kind.INVALID_REQUEST, text, streamFailure(request));
  }

  @Test
  void failureInTheModelIsAFailure() {
    TritonException failure = streamFailure(slow(-1));
    assertEquals(Kind.FAILED, failure.kind());
    assertTrue(failure.getMessage().contains("time does not go back"));
    assertFalse(failure.getMessage().contains("\n"));
  }

  @Test
  void longTextOfAFailureIsToldAndCut() {
    TritonException failure = failure(slow(-100_000));
    assertEquals(Kind.FAILED, failure.kind(), failure.getMessage());
    assertTrue(failure.getMessage().contains("time does not go back!!!"), failure.getMessage());
    assertTrue(failure.getMessage().length() < 2_000);
  }

  @Test
  void answerBeyondTheLimitExhaustsACallOrStreamButNotTheConnection() {
    Tensor large = Tensor.of("in_int32", List.of(1_000L), new int[1_000]);
    Tensor small = Tensor.of("in_int32", List.of(1L), 7);
    try (TritonConnection frugal =
        TritonConnection.open(
            server.endpoint(), ConnectionOptions.DEFAULT.withMaxInboundBytes(3_000))) {
      TritonException call = assertThrows(TritonException.class, () -> frugal.infer(echo(large)));
      assertEquals(Kind.EXHAUSTED, call.kind(), call.getMessage());
      InferenceStream stream = frugal.openStream();
      TritonException failure =
          assertThrows(TritonException.class, () -> stream.await(stream.send(echo(large))));
      assertEquals(Kind.EXHAUSTED, failure.kind(), failure.getMessage());
      assertArrayEquals(new int[] {7}, frugal.infer(echo(small)).output("out_int32").toInts());
    }
  }

  @Test
  void deadlinePassesOnCallsAndStreamsAndTheConnectionStaysUsable() {
    ConnectionOptions hasty = ConnectionOptions.DEFAULT.withDeadline(Duration.ofMillis(200));
    try (TritonConnection impatient = TritonConnection.open(server.endpoint(), hasty);
        InferenceStream stream = impatient.openStream()) {
      inTime(() -> impatient.infer(slow(0)));
      assertEquals(
          Kind.DEADLINE,
          assertThrows(TritonException.class, () -> impatient.infer(slow(500))).kind());
      CompletableFuture<InferResult> late = stream.send(slow(500));
      assertEquals(
          Kind.DEADLINE, assertThrows(TritonException.class, () -> stream.await(late)).kind());
      connection.infer(slow(0)); // the server works through what was asked before
      InferResult result = inTime(() -> stream.await(stream.send(slow(1))));
      assertArrayEquals(new int[] {1}, result.output("slept").toInts());
    }
  }

  /** The answer, as soon as it comes within a deadline that is short for a slow machine. */
  private static InferResult inTime(Supplier<InferResult> inference) {
    for (int left = 100; ; left--) {
      try {
        return inference.get();
      } catch (TritonException e) {
        // Without a connection in time it is unreachable.
        if (left == 0 || (e.kind() != Kind.DEADLINE && e.kind() != Kind.UNREACHABLE)) {
          throw e;
        }
      }
    }
  }

  @Test
  void modelsAreUnloadedAndLoadedAgain() throws Exception {
    connection.unloadModel("echo");
    while (connection.modelReady("echo")) {
      Thread.sleep(10);
    }
    Tensor input = Tensor.of("in_int32", List.of(1L), 1);
    assertEquals(Kind.MODEL_UNAVAILABLE, failure(echo(input)).kind());
    load("echo");
    assertArrayEquals(new int[] {1}, connection.infer(echo(input)).output("out_int32").toInts());
    ModelIndexEntry index =
        connection.repositoryIndex().stream()
            .filter(model -> model.name().equals("echo"))
            .findFirst()
            .orElseThrow();
    assertEquals("READY", index.state());
    TritonException missing =
        assertThrows(TritonException.class, () -> connection.loadModel("missing"));
    assertTrue(missing.getMessage().contains("failed to load 'missing'"), missing.getMessage());
  }

  /** Loads a model; where the python backend aborts at that, in a server started anew. */
  private static void load(String model) throws Exception {
    for (int left = TritonServer.STARTS - 1; ; left--) {
      try {
        connection.loadModel(model);
        return;
      } catch (TritonException e) {
        if (left == 0 || !server.hasAborted()) {
          throw e;
        }
        stop();
        start();
      }
    }
  }
}
