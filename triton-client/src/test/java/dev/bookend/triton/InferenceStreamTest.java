package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(600)
class InferenceStreamTest {
  private static final InferRequest REQUEST =
      new InferRequest("m", List.of(Tensor.of("x", List.of(1L), 1)), Optional.empty());

  private LocalServer server;
  private TritonConnection connection;
  private InferenceStream stream;

  @BeforeEach
  void open() throws Exception {
    server = LocalServer.start();
    connection = TritonConnection.open(server.endpoint(), ConnectionOptions.DEFAULT);
    stream = connection.openStream();
  }

  @AfterEach
  void close() {
    connection.close();
    server.close();
  }

  private static Kind kind(InferenceStream stream, CompletableFuture<InferResult> answer) {
    return assertThrows(TritonException.class, () -> stream.await(answer)).kind();
  }

  @Test
  void answersAreMatchedWhateverTheirOrder() throws Exception {
    CompletableFuture<InferResult> first = stream.send(REQUEST);
    CompletableFuture<InferResult> second = stream.send(REQUEST);
    String firstId = server.next().getId();
    server.answer(server.next().getId(), "");
    assertEquals("m", stream.await(second).model());
    assertFalse(first.isDone());
    server.answer(firstId, "");
    assertEquals("m", stream.await(first).model());
  }

  /** What Triton says of a model, a process or itself that is going: it may come back. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Request for unknown model: 'm' is not found",
        "Model 'm' is not ready.",
        "Stub process 'm_0' is not healthy.",
        "Server is stopping, scheduler for model has stopped accepting new inference requests",
        "Server not ready"
      })
  void aModelThatIsGoingIsUnavailable(String text) throws Exception {
    CompletableFuture<InferResult> answer = stream.send(REQUEST);
    server.answer(server.next().getId(), text);
    assertEquals(Kind.MODEL_UNAVAILABLE, kind(stream, answer));
  }

  @Test
  void closeLetsWhatIsPendingFinishAndTakesNoMore() throws Exception {
    CompletableFuture<InferResult> pending = stream.send(REQUEST);
    stream.close();
    stream.close();
    assertEquals(Kind.CANCELLED, kind(stream, stream.send(REQUEST)));
    assertEquals(Optional.empty(), server.ends.poll(5, TimeUnit.MINUTES));
    server.answer(server.next().getId(), "");
    assertEquals("m", stream.await(pending).model());
    server.answers().onCompleted();
  }

  @Test
  void cancelAfterCloseStillBreaksTheStreamOff() throws Exception {
    CompletableFuture<InferResult> pending = stream.send(REQUEST);
    server.next();
    stream.close();
    assertEquals(Optional.empty(), server.ends.poll(5, TimeUnit.MINUTES));
    stream.cancel();
    assertEquals(Kind.CANCELLED, kind(stream, pending));
    assertTrue(server.ends.poll(5, TimeUnit.MINUTES).isPresent());
  }

  @Test
  void closedStreamThatTheServerNeverEndsIsBrokenOff() throws Exception {
    try (LocalServer silent = LocalServer.start();
        TritonConnection hasty =
            TritonConnection.open(
                silent.endpoint(), ConnectionOptions.DEFAULT.withDeadline(Duration.ofSeconds(3)))) {
      InferenceStream unanswered = hasty.openStream();
      CompletableFuture<InferResult> pending = unanswered.send(REQUEST);
      silent.next();
      unanswered.close();
      assertEquals(Optional.empty(), silent.ends.poll(5, TimeUnit.MINUTES));
      assertEquals(Kind.DEADLINE, kind(unanswered, pending));
      assertTrue(silent.ends.poll(5, TimeUnit.MINUTES).isPresent());
    }
  }

  @Test
  void dependentsRunOutsideTheLock() throws Exception {
    CompletableFuture<Kind> later = new CompletableFuture<>();
    CompletableFuture<InferResult> pending = stream.send(REQUEST);
    CompletableFuture<Void> dependent =
        pending.handle(
            (result, error) -> {
              // Another thread: the lock is one that its holder may take again.
              Thread other = new Thread(() -> later.complete(kind(stream, stream.send(REQUEST))));
              other.start();
              assertDoesNotThrow(() -> other.join(300_000));
              assertTrue(later.isDone());
              return null;
            });
    stream.cancel();
    dependent.join();
    assertEquals(Kind.CANCELLED, later.join());
  }

  @Test
  void cancelFailsAllPendingAndLaterRequestsAndTellsTheServer() throws Exception {
    CompletableFuture<InferResult> pending = stream.send(REQUEST);
    server.next();
    stream.cancel();
    stream.cancel();
    assertEquals(Kind.CANCELLED, kind(stream, pending));
    assertEquals(Kind.CANCELLED, kind(stream, stream.send(REQUEST)));
    assertTrue(server.ends.poll(5, TimeUnit.MINUTES).isPresent());
    stream.close();
  }

  @Test
  void everyRequestIsAnsweredOrFailedHoweverSendersRaceWithCancel() throws Exception {
    for (int round = 0; round < 50; round++) {
      InferenceStream raced = connection.openStream();
      List<CompletableFuture<InferResult>> answers = new ArrayList<>();
      Thread sender =
          new Thread(
              () -> {
                for (int i = 0; i < 50; i++) {
                  answers.add(raced.send(REQUEST));
                }
              });
      sender.start();
      Thread.onSpinWait();
      raced.cancel();
      sender.join();
      for (CompletableFuture<InferResult> answer : answers) {
        assertEquals(Kind.CANCELLED, kind(raced, answer));
      }
    }
  }

  @Test
  void errorOfOneRequestLeavesTheOthersAlone() throws Exception {
    CompletableFuture<InferResult> bad = stream.send(REQUEST);
    CompletableFuture<InferResult> good = stream.send(REQUEST);
    server.answer(server.next().getId(), "no good");
    server.answer(server.next().getId(), "");
    assertEquals(Kind.FAILED, kind(stream, bad));
    assertEquals("m", stream.await(good).model());
  }

  @Test
  void errorOfNoRequestFailsTheStream() throws Exception {
    CompletableFuture<InferResult> pending = stream.send(REQUEST);
    server.next();
    server.answer("", "all is lost");
    assertEquals(Kind.FAILED, kind(stream, pending));
    assertEquals(Kind.FAILED, kind(stream, stream.send(REQUEST)));
    assertTrue(server.ends.poll(5, TimeUnit.MINUTES).isPresent());
  }

  @Test
  void requestFailsByItsDeadlineAndItsLateAnswerOrErrorIsDropped() throws Exception {
    connection.close(); // the server answers on one stream only
    try (TritonConnection hasty =
        TritonConnection.open(
            server.endpoint(), ConnectionOptions.DEFAULT.withDeadline(Duration.ofSeconds(3)))) {
      InferenceStream hastyStream = hasty.openStream();
      CompletableFuture<InferResult> first = hastyStream.send(REQUEST);
      CompletableFuture<InferResult> second = hastyStream.send(REQUEST);
      ModelInferRequest firstRequest = server.next();
      ModelInferRequest secondRequest = server.next();
      assertEquals(Kind.DEADLINE, kind(hastyStream, first));
      assertEquals(Kind.DEADLINE, kind(hastyStream, second));
      server.answer(firstRequest.getId(), "");
      server.answer(secondRequest.getId(), "too late");
      CompletableFuture<InferResult> third = hastyStream.send(REQUEST);
      server.answer(server.next().getId(), "");
      assertEquals("m", hastyStream.await(third).model());
    }
  }

  @Test
  void requestGivenUpLeavesTheStreamAlone() throws Exception {
    CompletableFuture<InferResult> abandoned = stream.send(REQUEST);
    assertTrue(abandoned.cancel(true));
    assertEquals(Kind.CANCELLED, kind(stream, abandoned));
    server.answer(server.next().getId(), "whatever");
    CompletableFuture<InferResult> next = stream.send(REQUEST);
    server.answer(server.next().getId(), "");
    assertEquals("m", stream.await(next).model());
  }

  @Test
  void malformedAnswerFailsItsRequestOnly() throws Exception {
    CompletableFuture<InferResult> answer = stream.send(REQUEST);
    String id = server.next().getId();
    server
        .answers()
        .onNext(
            ModelStreamInferResponse.newBuilder()
                .setInferResponse(
                    ModelInferResponse.newBuilder()
                        .setId(id)
                        .addOutputs(
                            ModelInferResponse.InferOutputTensor.newBuilder()
                                .setDatatype("FP32")
                                .addShape(Long.MAX_VALUE)
                                .addShape(Long.MAX_VALUE)))
                .build());
    assertEquals(Kind.FAILED, kind(stream, answer));
    CompletableFuture<InferResult> next = stream.send(REQUEST);
    server.answer(server.next().getId(), "");
    assertEquals("m", stream.await(next).model());
  }

  @Test
  void theFirstFailureIsTheOneThatIsTold() throws Exception {
    CompletableFuture<InferResult> pending = stream.send(REQUEST);
    server.next();
    server.answers().onError(Status.UNAUTHENTICATED.withDescription("who?").asException());
    TritonException first = assertThrows(TritonException.class, () -> stream.await(pending));
    assertEquals(Kind.REFUSED, first.kind());
    stream.cancel();
    CompletableFuture<InferResult> later = stream.send(REQUEST);
    assertSame(first, assertThrows(TritonException.class, () -> stream.await(later)));
  }

  @Test
  void streamThatTheServerEndsOrBreaksIsUnreachable() throws Exception {
    CompletableFuture<InferResult> pending = stream.send(REQUEST);
    server.next();
    server.answers().onCompleted();
    assertEquals(Kind.UNREACHABLE, kind(stream, pending));

    InferenceStream second = connection.openStream();
    CompletableFuture<InferResult> broken = second.send(REQUEST);
    server.next();
    server.close();
    assertEquals(Kind.UNREACHABLE, kind(second, broken));
  }

  @Test
  void closingTheConnectionCancelsWhatIsUnderWay() throws Exception {
    CompletableFuture<InferResult> pending = stream.send(REQUEST);
    CompletableFuture<InferResult> call = connection.inferAsync(REQUEST);
    server.next();
    server.next();
    connection.close();
    assertEquals(Kind.CANCELLED, kind(stream, pending));
    assertEquals(Kind.CANCELLED, kind(stream, call));
    assertEquals(
        Kind.CANCELLED, assertThrows(TritonException.class, connection::serverLive).kind());
    InferenceStream late = connection.openStream();
    assertEquals(Kind.CANCELLED, kind(late, late.send(REQUEST)));
  }

  @Test
  void threadsDoNotKeepTheJvmAlive() throws Exception {
    CompletableFuture<InferResult> answer = stream.send(REQUEST);
    server.answer(server.next().getId(), "");
    stream.await(answer);
    List<Thread> threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("grpc"))
            .toList();
    assertFalse(threads.isEmpty());
    assertTrue(threads.stream().allMatch(Thread::isDaemon), threads::toString);
  }

  @Test
  void interruptEndsTheWaitButNotTheRequest() throws Exception {
    CompletableFuture<InferResult> answer = stream.send(REQUEST);
    Thread.currentThread().interrupt();
    assertEquals(Kind.CANCELLED, kind(stream, answer));
    assertTrue(Thread.interrupted());
    server.answer(server.next().getId(), "");
    assertEquals("m", stream.await(answer).model());
  }

  @Test
  void interruptAndCancellationReachUnaryCalls() throws Exception {
    Thread.currentThread().interrupt();
    TritonException failure = assertThrows(TritonException.class, () -> connection.infer(REQUEST));
    assertEquals(Kind.CANCELLED, failure.kind());
    assertTrue(Thread.interrupted());
    server.requests.clear();
    server.ends.clear();
    CompletableFuture<InferResult> answer = connection.inferAsync(REQUEST);
    server.next();
    answer.cancel(true);
    assertTrue(server.ends.poll(5, TimeUnit.MINUTES).isPresent());
  }

  @Test
  void bytesCountedAreThoseOfTheMessages() throws Exception {
    InferRequest large =
        new InferRequest(
            "m", List.of(Tensor.of("x", List.of(1L << 20), new int[1 << 20])), Optional.empty());
    CompletableFuture<InferResult> answer = stream.send(large);
    ModelInferRequest request = server.next();
    assertEquals(request.getSerializedSize(), connection.bytesSent());
    // Model, id, name, datatype, shape and their lengths: 28 bytes.
    assertEquals((4 << 20) + 28, connection.bytesSent());
    server.answer(request.getId(), "");
    stream.await(answer);
    ModelStreamInferResponse response =
        ModelStreamInferResponse.newBuilder()
            .setInferResponse(ModelInferResponse.newBuilder().setModelName("m").setId("1"))
            .build();
    assertEquals(response.getSerializedSize(), connection.bytesReceived());
    try (TritonConnection other =
        TritonConnection.open(server.endpoint(), ConnectionOptions.DEFAULT)) {
      assertEquals(0, other.bytesSent());
    }
  }
}
