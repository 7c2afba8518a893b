package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.google.protobuf.ByteString;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.ErrorCode;
import dev.bookend.link.EmulatedLink;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.remote.AlteringCloud.Alteration;
import dev.bookend.session.Session;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.proto.InferParameter;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that answer what cannot be right, say nothing, or have no place. */
@Timeout(120)
class UnreliableCloudTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final Split SPLIT = new Split(1, 1);

  private final List<CloudEvent> events = Collections.synchronizedList(new ArrayList<>());
  private static Decoder decoder;
  private static EmbeddedCloud cloud;

  @BeforeAll
  static void startCloud() {
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
    cloud = start(EmbeddedCloud.Limits.DEFAULT);
  }

  @AfterAll
  static void stopCloud() {
    cloud.close();
    decoder.close();
  }

  private static EmbeddedCloud start(EmbeddedCloud.Limits limits) {
    Contract contract = SPLIT.contract(SmallModel.checkpoint());
    return EmbeddedCloud.start(decoder, contract, limits, 0);
  }

  private SplitModel open(Endpoint... servers) {
    return open(RetryPolicy.DEFAULT, servers);
  }

  private SplitModel open(RetryPolicy retry, Endpoint... servers) {
    return SplitModel.open(
        SmallModel.checkpoint(),
        SplitOptions.DEFAULT
            .withSplit(SPLIT)
            .withCloud(CloudAddress.of(servers))
            .withListener(events::add)
            .withRetry(retry));
  }

  private static List<Integer> decode(Session session) {
    return SequentialDecoding.GREEDY.decode(session, PROMPT, 40, Set.of(), token -> true).tokens();
  }

  /** Alters an answer now and then, but no two in a row, so that a second try succeeds. */
  private static Alteration altering(UnaryOperator<ModelStreamInferResponse> change) {
    AtomicInteger answers = new AtomicInteger();
    return Alteration.NONE.withAnswer(
        answer -> answers.incrementAndGet() % 25 == 7 ? change.apply(answer) : answer);
  }

  private void assertSameTokens(Alteration alteration) throws Exception {
    try (AlteringCloud front = new AlteringCloud(cloud, alteration);
        SplitModel model = open(front.endpoint());
        Session session = model.newSession()) {
      assertEquals(SmallModel.greedy(PROMPT, 40), decode(session));
      assertTrue(session.stats().reconnects() > 0, session.stats().toString());
    }
  }

  /** Triton reports the model's errors in messages; a status comes from what carries the stream. */
  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"CANCELLED", "UNKNOWN", "INTERNAL", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED"})
  void noStatusInTheMiddleOfAnAnswerEndsIt(Status.Code code) throws Exception {
    assertSameTokens(
        altering(
            answer -> {
              throw code.toStatus().withDescription("of a kind").asRuntimeException();
            }));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "channel shutdown",
        "cancelled",
        "[E:onnxruntime] Non-zero status code",
        "unexpected shape"
      })
  void noErrorTextInTheMiddleOfAnAnswerEndsIt(String text) throws Exception {
    assertSameTokens(
        altering(
            answer ->
                ModelStreamInferResponse.newBuilder()
                    .setErrorMessage(text)
                    .setInferResponse(
                        ModelInferResponse.newBuilder().setId(answer.getInferResponse().getId()))
                    .build()));
  }

  static Stream<Float> impossible() {
    return Stream.of(Float.NaN, 1e20f, 1e12f, 0f);
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void statesThatNoLayerCanComputeAreNotTaken(float value) throws Exception {
    assertSameTokens(altering(answer -> filled(answer, value)));
  }

  @Test
  void anAnswerWithFewerBytesThanItsShapeSaysIsNotTaken() throws Exception {
    assertSameTokens(
        altering(
            answer -> {
              var changed = answer.toBuilder();
              var response = changed.getInferResponseBuilder();
              response.setRawOutputContents(0, response.getRawOutputContents(0).substring(4));
              return changed.build();
            }));
  }

  /** One that always answers so is given up for another, and alone it is said. */
  @Test
  void aServerWhoseStatesOverflowIsLeftForGood() throws Exception {
    Alteration wrong = Alteration.NONE.withAnswer(answer -> filled(answer, 1e20f));
    try (AlteringCloud front = new AlteringCloud(cloud, wrong)) {
      try (SplitModel model = open(front.endpoint(), cloud.endpoint());
          Session session = model.newSession()) {
        assertEquals(SmallModel.greedy(PROMPT, 40), decode(session));
        assertEquals(cloud.endpoint().toString(), session.server());
      }
      try (SplitModel model = open(front.endpoint());
          Session session = model.newSession()) {
        CloudException failure = assertThrows(CloudException.class, () -> session.prefill(PROMPT));
        assertEquals(ErrorCode.CLOUD_FAILED, failure.code());
        assertTrue(failure.getMessage().contains("beyond what its layers"), failure.getMessage());
      }
    }
  }

  /** The contract is the same, but the weights behind it are not. */
  @Test
  void aReplayThatGivesOtherStatesIsNoContinuation() throws Exception {
    AtomicBoolean other = new AtomicBoolean();
    Alteration doubled =
        Alteration.NONE.withAnswer(answer -> other.get() ? scaled(answer, 1.5f) : answer);
    try (AlteringCloud front = new AlteringCloud(cloud, doubled);
        SplitModel model = open(front.endpoint());
        Session session = model.newSession()) {
      session.prefill(PROMPT);
      other.set(true);
      front.cut();
      CloudException failure =
          assertThrows(
              CloudException.class, () -> session.prefill(new int[] {3, 1, 4, 1, 5, 9, 7}));
      assertTrue(failure.getMessage().contains("other hidden states"), failure.getMessage());
    }
  }

  /** A likelihood that is no number would be taken for a result. */
  @Test
  void noScoreIsMadeOfStatesThatAreNoNumbers() throws Exception {
    Alteration wrong = Alteration.NONE.withAnswer(answer -> filled(answer, Float.NaN));
    try (AlteringCloud front = new AlteringCloud(cloud, wrong);
        SplitModel model = open(front.endpoint());
        Session session = model.newSession()) {
      CloudException failure = assertThrows(CloudException.class, () -> session.score(PROMPT));
      assertEquals(ErrorCode.CLOUD_FAILED, failure.code());
    }
  }

  private static ModelStreamInferResponse filled(ModelStreamInferResponse answer, float value) {
    return changed(answer, before -> value);
  }

  private static ModelStreamInferResponse scaled(ModelStreamInferResponse answer, float factor) {
    return changed(answer, before -> before * factor);
  }

  private static ModelStreamInferResponse changed(
      ModelStreamInferResponse answer, UnaryOperator<Float> change) {
    var changed = answer.toBuilder();
    var response = changed.getInferResponseBuilder();
    ByteBuffer states =
        ByteBuffer.wrap(response.getRawOutputContents(0).toByteArray())
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < states.capacity(); i += Float.BYTES) {
      states.putFloat(i, change.apply(states.getFloat(i)));
    }
    response.setRawOutputContents(0, ByteString.copyFrom(states));
    return changed.build();
  }

  /** START with the same id takes the place over: there is only one, and it is never idle. */
  @Test
  void aSessionThatWasCutTakesItsOwnPlaceOver() throws Exception {
    Set<Long> ids = Collections.synchronizedSet(new HashSet<>());
    EmbeddedCloud.Limits one = new EmbeddedCloud.Limits(1, Duration.ofMinutes(10));
    AtomicInteger answers = new AtomicInteger();
    Alteration cutting =
        Alteration.NONE
            .withRequest(
                request -> {
                  ids.add(id(request));
                  return request;
                })
            .withAnswer(
                answer -> {
                  if (answers.incrementAndGet() % 15 == 7) {
                    throw Status.UNAVAILABLE.asRuntimeException();
                  }
                  return answer;
                });
    try (EmbeddedCloud small = start(one);
        AlteringCloud front = new AlteringCloud(small, cutting);
        SplitModel model = open(front.endpoint())) {
      try (Session session = model.newSession()) {
        assertEquals(SmallModel.greedy(PROMPT, 40), decode(session));
        assertTrue(session.stats().reconnects() >= 2, session.stats().toString());
      }
      assertEquals(1, ids.size());
      assertFalse(ids.contains(0L));
      try (Session next = model.newSession()) {
        next.prefill(PROMPT); // the first has given its place back
      }
      assertEquals(2, ids.size());
    }
  }

  private static long id(ModelInferRequest request) {
    return request
        .getParametersOrDefault("sequence_id", InferParameter.getDefaultInstance())
        .getInt64Param();
  }

  @Test
  void aSessionThatFailsForGoodGivesItsPlaceBack() throws Exception {
    EmbeddedCloud.Limits one = new EmbeddedCloud.Limits(1, Duration.ofMinutes(10));
    AtomicBoolean broken = new AtomicBoolean();
    Alteration alteration =
        Alteration.NONE.withAnswer(answer -> broken.get() ? filled(answer, Float.NaN) : answer);
    try (EmbeddedCloud small = start(one);
        AlteringCloud front = new AlteringCloud(small, alteration);
        SplitModel model = open(front.endpoint());
        SplitModel direct = open(small.endpoint());
        Session failing = model.newSession();
        Session next = direct.newSession()) {
      failing.prefill(PROMPT);
      broken.set(true);
      assertThrows(CloudException.class, () -> failing.prefill(new int[] {1, 2, 3}));
      next.prefill(PROMPT); // although the first session is not closed
    }
  }

  @Test
  void aSessionThatIsInterruptedGivesItsPlaceBack() {
    EmbeddedCloud.Limits one = new EmbeddedCloud.Limits(1, Duration.ofMinutes(10));
    try (EmbeddedCloud small = start(one);
        SplitModel model = open(small.endpoint());
        Session cancelled = model.newSession();
        Session next = model.newSession()) {
      cancelled.prefill(PROMPT);
      Thread.currentThread().interrupt();
      CloudException failure =
          assertThrows(CloudException.class, () -> cancelled.prefill(new int[] {1, 2, 3}));
      assertTrue(Thread.interrupted());
      assertEquals(ErrorCode.CANCELLED, failure.code());
      next.prefill(PROMPT); // although the first session is not closed
    }
  }

  @Test
  void aFullServerIsLeftForOneWithAPlace() {
    EmbeddedCloud.Limits one = new EmbeddedCloud.Limits(1, Duration.ofMinutes(10));
    try (EmbeddedCloud full = start(one);
        SplitModel holder = open(full.endpoint());
        Session holds = holder.newSession();
        SplitModel model = open(full.endpoint(), cloud.endpoint());
        Session first = model.newSession();
        Session second = model.newSession()) {
      holds.prefill(PROMPT);
      long start = System.nanoTime();
      first.prefill(PROMPT);
      second.prefill(PROMPT);
      assertEquals(cloud.endpoint().toString(), first.server());
      assertEquals(cloud.endpoint().toString(), second.server());
      assertTrue(System.nanoTime() - start < 20e9, "waited for a place that nobody gives back");
    }
  }

  /** Neither the deadline nor the time to get a lost cloud back runs while something arrives. */
  @Test
  void aSlowLinkIsNoSlowServer() {
    int[] prompt = new Random(5).ints(200, 0, SmallModel.VOCABULARY).toArray();
    Duration second = Duration.ofSeconds(1);
    try (EmulatedLink link = link("rtt=2ms,up=300kbit,down=300kbit");
        SplitModel model =
            SplitModel.open(
                SmallModel.checkpoint(),
                through(link, second)
                    .withListener(events::add)
                    .withRetry(RetryPolicy.DEFAULT.withTotal(second)));
        Session session = model.newSession();
        Session expected = SmallModel.split().newSession()) {
      int token = expected.prefill(prompt).token();
      assertEquals(token, session.prefill(prompt).token());
      assertEquals(0, session.stats().reconnects(), events.toString());
      link.cut();
      int[] longer = Arrays.copyOf(prompt, prompt.length + 1);
      longer[prompt.length] = token;
      assertEquals(expected.prefill(longer).token(), session.prefill(longer).token());
      assertEquals(1, session.stats().reconnects(), events.toString());
    }
  }

  /** At a kilobit a second bytes come all the time, but the answer takes a quarter of a minute. */
  @Test
  void aServerThatDripsIsLeft() {
    RetryPolicy once = new RetryPolicy(0, Duration.ZERO, Duration.ZERO);
    try (EmulatedLink link = link("rtt=2ms");
        SplitModel model =
            SplitModel.open(
                SmallModel.checkpoint(), through(link, Duration.ofSeconds(1)).withRetry(once));
        Session session = model.newSession()) {
      link.setProfile(LinkProfile.parse("rtt=2ms,down=1kbit"));
      long start = System.nanoTime();
      int[] prompt = new Random(5).ints(20, 0, SmallModel.VOCABULARY).toArray();
      assertThrows(CloudException.class, () -> session.prefill(prompt));
      assertTrue(System.nanoTime() - start < 20e9, "waited for what drips");
    }
  }

  private static EmulatedLink link(String profile) {
    return EmulatedLink.open(
        new InetSocketAddress(cloud.endpoint().host(), cloud.endpoint().port()),
        LinkProfile.parse(profile));
  }

  private static SplitOptions through(EmulatedLink link, Duration deadline) {
    return SplitOptions.DEFAULT
        .withSplit(SPLIT)
        .withCloud(
            CloudAddress.of(
                new Endpoint(link.address().getHostString(), link.address().getPort(), false)))
        .withConnection(ConnectionOptions.DEFAULT.withDeadline(deadline));
  }

  @Test
  void whoWaitsForAPlaceHearsOfItAndStopsInTheEnd() {
    EmbeddedCloud.Limits one = new EmbeddedCloud.Limits(1, Duration.ofMinutes(10));
    RetryPolicy brief = RetryPolicy.DEFAULT.withTotal(Duration.ofSeconds(3));
    try (EmbeddedCloud full = start(one);
        SplitModel model = open(brief, full.endpoint());
        Session waits = model.newSession()) {
      try (Session holds = model.newSession()) {
        holds.prefill(PROMPT);
        CloudException failure = assertThrows(CloudException.class, () -> waits.prefill(PROMPT));
        assertEquals(ErrorCode.CLOUD_TIMEOUT, failure.code());
        assertTrue(failure.getMessage().contains("places"), failure.getMessage());
      }
      assertTrue(
          events.stream()
              .anyMatch(event -> event instanceof CloudEvent.Waiting waiting && waiting.forPlace()),
          events.toString());
      waits.prefill(PROMPT); // and the place that it waited for is not taken by its own ghost
    }
  }

  /** Neither side hears that the connection is dead: packets vanish. */
  @Test
  void aConnectionThatIsDeadWithoutAWordIsReplacedWithinSeconds() throws Exception {
    try (SilencingProxy proxy = new SilencingProxy(cloud.endpoint());
        SplitModel model = open(proxy.endpoint());
        Session session = model.newSession()) {
      int before = SmallModel.greedy(PROMPT, 1).get(0);
      assertEquals(before, session.prefill(PROMPT).token());
      proxy.silence();
      long start = System.nanoTime();
      assertEquals(SmallModel.greedy(PROMPT, 40), decode(session));
      assertTrue(System.nanoTime() - start < 30e9, "the dead connection was kept");
      assertTrue(session.stats().reconnects() > 0);
      assertTrue(session.stats().reconnectingNanos() > 0);
    }
    List<String> told =
        events.stream().map(event -> event.getClass().getSimpleName()).distinct().toList();
    assertEquals(
        List.of("Searching", "SearchEnded", "Waiting", "Lost", "Reconnecting", "Reconnected"),
        told);
  }
}
