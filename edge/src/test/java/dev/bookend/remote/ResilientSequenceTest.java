package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.remote.AlteringCloud.Alteration;
import dev.bookend.remote.ResilientSequence.Answer;
import dev.bookend.remote.ResilientSequence.Request;
import dev.bookend.split.Split;
import dev.bookend.testing.SmallModel;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.proto.InferParameter;
import dev.bookend.triton.proto.ModelInferRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests and answers by themselves: no layer runs at the edge, hidden states are random. */
class ResilientSequenceTest {
  private static final Contract CONTRACT = new Split(1, 1).contract(SmallModel.checkpoint());
  private static final int WIDTH = CONTRACT.hiddenSize();
  private static final int CAPACITY = 64;
  private static final RetryPolicy TWICE =
      new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1));

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<Sent> sent = Collections.synchronizedList(new ArrayList<>());
  private Decoder decoder;
  private EmbeddedCloud cloud;

  /** What the server was sent: whether a sequence starts or ends, the tokens and the capacity. */
  private record Sent(boolean start, boolean end, int tokens, int capacity) {
    static Sent of(ModelInferRequest request) {
      return new Sent(
          flag(request, "sequence_start"),
          flag(request, "sequence_end"),
          (int) request.getInputs(0).getShape(0),
          (int) request.getInputs(3).getShape(0));
    }

    private static boolean flag(ModelInferRequest request, String name) {
      return request
          .getParametersOrDefault(name, InferParameter.getDefaultInstance())
          .getBoolParam();
    }
  }

  @BeforeEach
  void start() {
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
    cloud = EmbeddedCloud.start(decoder, CONTRACT);
  }

  @AfterEach
  void stop() throws Exception {
    Collections.reverse(opened);
    for (AutoCloseable one : opened) {
      one.close();
    }
    cloud.close();
    decoder.close();
  }

  private <T extends AutoCloseable> T own(T resource) {
    opened.add(resource);
    return resource;
  }

  private ResilientSequence open(Endpoint server) {
    TritonConnection connection = own(TritonConnection.open(server, ConnectionOptions.DEFAULT));
    return new ResilientSequence(
        new MiddleLocator(List.of(connection), CONTRACT, CloudListener.NONE),
        TWICE,
        decoder::newScope,
        WIDTH,
        new ReplayLog(WIDTH, OptionalInt.empty(), tokens -> tokens));
  }

  private ResilientSequence open(Alteration alteration) throws IOException {
    return open(own(new AlteringCloud(cloud, alteration)).endpoint());
  }

  /** Notes what is sent, and loses the sequence at the given answers, counted from 1. */
  private Alteration losing(Integer... answers) {
    AtomicInteger count = new AtomicInteger();
    return Alteration.NONE
        .withRequest(
            request -> {
              sent.add(Sent.of(request));
              return request;
            })
        .withAnswer(
            answer ->
                List.of(answers).contains(count.incrementAndGet())
                    ? AlteringCloud.withoutRow(answer)
                    : answer);
  }

  /** Tokens [from,to) of a text, each in the slot of its position; the same states each time. */
  private static Request request(int from, int to) {
    return request(from, to, CAPACITY);
  }

  private static Request request(int from, int to, int capacity) {
    BitSet cached = new BitSet();
    cached.set(0, from);
    int[] places = IntStream.range(from, to).toArray();
    ByteBuffer hidden =
        ByteBuffer.allocateDirect((to - from) * WIDTH * Float.BYTES).order(ByteOrder.nativeOrder());
    for (int place : places) {
      Random random = new Random(place);
      for (int i = 0; i < WIDTH; i++) {
        hidden.putFloat((float) random.nextGaussian());
      }
    }
    return new Request(hidden.flip(), Step.chain(places, places, cached, capacity));
  }

  private static Answer ask(ResilientSequence sequence, int from, int to) {
    sequence.submit(request(from, to));
    return sequence.await();
  }

  private static void accept(ResilientSequence sequence, Answer answer) {
    for (int token = 0; token < answer.request().step().tokens(); token++) {
      sequence.accept(answer, token);
    }
  }

  /** The middle layers' output for tokens [from,to), from a sequence that nothing befalls. */
  private ByteBuffer expected(int from, int to) {
    try (ResilientSequence sequence = open(cloud.endpoint())) {
      if (from > 0) {
        accept(sequence, ask(sequence, 0, from));
      }
      return ask(sequence, from, to).hidden();
    }
  }

  private static void assertSame(ByteBuffer expected, ByteBuffer actual) {
    assertEquals(expected.order(ByteOrder.LITTLE_ENDIAN), actual.order(ByteOrder.LITTLE_ENDIAN));
  }

  @Test
  void answersComeInTheOrderOfTheRequests() throws Exception {
    try (ResilientSequence sequence = open(losing())) {
      List<Request> requests = List.of(request(0, 3), request(3, 5), request(5, 6));
      requests.forEach(sequence::submit);
      for (Request request : requests) {
        Answer answer = sequence.await();
        assertEquals(request, answer.request());
        accept(sequence, answer);
      }
      assertThrows(IllegalStateException.class, sequence::await);
      assertEquals(3, sequence.stats().requests());
      assertEquals(0, sequence.stats().reconnects());
      assertSame(expected(0, 3), sequence.middleOutput(0, 3));
      assertSame(expected(5, 6), sequence.middleOutput(5, 6));
      assertEquals(requests.get(1).hidden(), sequence.lowerOutput(3, 5));
    }
    assertEquals(
        List.of(
            new Sent(true, false, 3, CAPACITY),
            new Sent(false, false, 2, CAPACITY),
            new Sent(false, false, 1, CAPACITY),
            new Sent(false, true, 1, CAPACITY)),
        sent);
  }

  @Test
  void aLostSequenceIsReplayedAndWhatIsUnansweredIsSentAgain() throws Exception {
    try (ResilientSequence sequence = open(losing(2))) {
      accept(sequence, ask(sequence, 0, 4));
      sequence.submit(request(4, 6));
      sequence.submit(request(6, 7));
      Answer second = sequence.await();
      assertSame(expected(4, 6), second.hidden());
      accept(sequence, second);
      assertSame(expected(6, 7), sequence.await().hidden());
      assertEquals(1, sequence.stats().reconnects());
      assertEquals(6, sequence.stats().requests());
    }
    List<Sent> again = sent.subList(3, sent.size());
    assertEquals(
        List.of(
            new Sent(true, false, 4, CAPACITY),
            new Sent(false, false, 2, CAPACITY),
            new Sent(false, false, 1, CAPACITY),
            new Sent(false, true, 1, CAPACITY)),
        again);
  }

  @Test
  void onlyWhatWasAcceptedIsReplayed() throws Exception {
    try (ResilientSequence sequence = open(losing(3))) {
      accept(sequence, ask(sequence, 0, 4));
      Answer second = ask(sequence, 4, 7);
      sequence.accept(second, 0);
      sequence.truncate(3);
      assertSame(expected(3, 5), ask(sequence, 3, 5).hidden());
    }
    assertEquals(new Sent(true, false, 3, CAPACITY), sent.get(3));
  }

  @Test
  void capacityNeverShrinksNotEvenAfterALoss() throws Exception {
    try (ResilientSequence sequence = open(losing(3))) {
      accept(sequence, ask(sequence, 0, 2));
      sequence.submit(request(2, 3, 128));
      accept(sequence, sequence.await());
      sequence.submit(request(3, 4, 128));
      sequence.submit(request(4, 5, 192));
      accept(sequence, sequence.await());
      accept(sequence, sequence.await());
    }
    assertEquals(
        List.of(64, 128, 128, 192, 128, 128, 192, 192), sent.stream().map(Sent::capacity).toList());
  }

  @Test
  void aForgottenRequestIsNotAnsweredAndNotSentAgain() throws Exception {
    try (ResilientSequence sequence = open(losing(3))) {
      accept(sequence, ask(sequence, 0, 4));
      sequence.submit(request(4, 6));
      sequence.forget();
      assertThrows(IllegalStateException.class, sequence::await);
      assertSame(expected(4, 5), ask(sequence, 4, 5).hidden());
    }
    assertEquals(List.of(4, 2, 1, 4, 1, 1), sent.stream().map(Sent::tokens).toList());
  }

  /** Each answer is progress: what fails now and then does not use up the attempts of a prompt. */
  @Test
  void attemptsCountForOneRequestAlone() throws Exception {
    try (ResilientSequence sequence = open(losing(2, 5, 8))) {
      for (int from = 0; from < 6; from++) {
        accept(sequence, ask(sequence, from, from + 1));
      }
      assertEquals(TWICE.attempts() + 1, sequence.stats().reconnects());
      assertSame(expected(5, 6), sequence.middleOutput(5, 6));
    }
  }

  @Test
  void aCloudThatIsLostForGoodIsSaidAndMayComeBackLater() {
    int port = cloud.endpoint().port();
    try (ResilientSequence sequence = open(cloud.endpoint())) {
      accept(sequence, ask(sequence, 0, 4));
      cloud.close();
      sequence.submit(request(4, 5));
      sequence.submit(request(5, 6));
      CloudException failure = assertThrows(CloudException.class, sequence::await);
      assertEquals(ErrorCode.CLOUD_UNREACHABLE, failure.code());
      assertThrows(IllegalStateException.class, sequence::await);
      assertThrows(CloudException.class, () -> sequence.submit(request(4, 5)));
      assertThrows(IllegalStateException.class, sequence::await);
      cloud = EmbeddedCloud.start(decoder, CONTRACT, EmbeddedCloud.Limits.DEFAULT, port);
      sequence.truncate(4);
      assertSame(expected(4, 5), ask(sequence, 4, 5).hidden());
    }
  }

  /** The caller alone sees whether the answers make sense. */
  @Test
  void aSequenceThatTheCallerGivesUpBeginsAnew() throws Exception {
    try (ResilientSequence sequence = open(losing())) {
      accept(sequence, ask(sequence, 0, 4));
      sequence.giveUp();
      assertSame(expected(4, 5), ask(sequence, 4, 5).hidden());
      assertEquals(0, sequence.stats().reconnects(), "nothing was lost on the way");
    }
    assertEquals(List.of(4, 4, 1, 1), sent.stream().map(Sent::tokens).toList());
    assertTrue(sent.get(1).start());
  }
}
