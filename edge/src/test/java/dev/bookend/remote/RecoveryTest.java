package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.ErrorCode;
import dev.bookend.link.EmulatedLink;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.remote.AlteringCloud.Alteration;
import dev.bookend.session.BatchInvariantSteps;
import dev.bookend.session.Session;
import dev.bookend.speculation.Pipeline;
import dev.bookend.speculation.TokenTree;
import dev.bookend.speculation.lookahead.LookaheadDrafter;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.proto.ModelConfigResponse;
import dev.bookend.triton.proto.ModelParameter;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The network and the cloud fail in the middle of a generation; the tokens stay the same. */
class RecoveryTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final Split SPLIT = new Split(1, 1);

  /** Minutes, for a slow machine. */
  private static final RetryPolicy PATIENT =
      new RetryPolicy(600, Duration.ofMillis(20), Duration.ofMillis(500));

  /** Seconds: no more than it takes to start a server. */
  private static final RetryPolicy HASTY =
      new RetryPolicy(16, Duration.ofMillis(20), Duration.ofMillis(500));

  private Decoder decoder;
  private EmbeddedCloud cloud;

  @BeforeEach
  void startCloud() {
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
    cloud = start(EmbeddedCloud.Limits.DEFAULT, 0);
  }

  @AfterEach
  void stopCloud() {
    cloud.close();
    decoder.close();
  }

  private EmbeddedCloud start(EmbeddedCloud.Limits limits, int port) {
    Contract contract = SPLIT.contract(SmallModel.checkpoint());
    return EmbeddedCloud.start(decoder, contract, limits, port);
  }

  private static SplitModel open(List<Endpoint> endpoints) {
    return open(endpoints, PATIENT);
  }

  private static SplitModel open(List<Endpoint> endpoints, RetryPolicy policy) {
    return SplitModel.open(
        SmallModel.checkpoint(),
        SplitOptions.DEFAULT
            .withSplit(SPLIT)
            .withCloud(CloudAddress.of(endpoints.toArray(Endpoint[]::new)))
            .withRetry(policy));
  }

  /** Decodes 40 tokens and lets something happen after some of them. */
  private static List<Integer> decode(Session session, Set<Integer> when, Runnable event) {
    return decode(SequentialDecoding.GREEDY, session, when, event);
  }

  private static List<Integer> decode(
      Decoding decoding, Session session, Set<Integer> when, Runnable event) {
    List<Integer> told = new ArrayList<>();
    decoding.decode(
        session,
        PROMPT,
        40,
        Set.of(),
        token -> {
          told.add(token);
          if (when.contains(told.size())) {
            event.run();
          }
          return true;
        });
    return told;
  }

  @Test
  void aCutConnectionIsReplayed() {
    LinkProfile profile = LinkProfile.parse("rtt=2ms");
    InetSocketAddress far = new InetSocketAddress(cloud.endpoint().host(), cloud.endpoint().port());
    try (EmulatedLink link = EmulatedLink.open(far, profile);
        SplitModel model =
            open(
                List.of(
                    new Endpoint(
                        link.address().getHostString(), link.address().getPort(), false)));
        Session session = model.newSession()) {
      List<Integer> told = decode(session, Set.of(1, 9, 10, 30), link::cut);
      assertEquals(SmallModel.greedy(PROMPT, 40), told);
      assertTrue(session.stats().reconnects() >= 4, session.stats().toString());
    }
  }

  /** Draft tokens lie in slots of their own, and what is replayed lies where some of them were. */
  @Test
  void aConnectionCutBetweenDraftTreesIsReplayed() {
    cutBetweenDraftTrees(SplitModel::newSession, Pipeline.NEVER);
  }

  /** What was sent ahead is lost with the rest, before its turn or in its turn. */
  @Test
  void aConnectionCutWhileATreeIsSentAheadIsReplayed() {
    cutBetweenDraftTrees(SplitModel::newSession, Pipeline.ALWAYS);
  }

  /** Padding is not replayed, and the last step of a replay is padded with tokens before it. */
  @Test
  void aConnectionCutBetweenStepsOfALeastSizeIsReplayed() {
    cutBetweenDraftTrees(
        model -> model.newSession(Optional.of(new BatchInvariantSteps(List.of(4, 8, 16, 32)))),
        Pipeline.ALWAYS);
  }

  private void cutBetweenDraftTrees(Function<SplitModel, Session> sessions, Pipeline pipeline) {
    LinkProfile profile = LinkProfile.parse("rtt=2ms");
    InetSocketAddress far = new InetSocketAddress(cloud.endpoint().host(), cloud.endpoint().port());
    try (EmulatedLink link = EmulatedLink.open(far, profile);
        SplitModel model =
            open(
                List.of(
                    new Endpoint(
                        link.address().getHostString(), link.address().getPort(), false)));
        Session session = sessions.apply(model);
        Decoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY,
                List.of(new LookaheadDrafter(4, 3, 4), new SuffixDrafter()),
                OptionalInt.of(8),
                pipeline)) {
      List<Integer> told = decode(speculative, session, Set.of(1, 12, 30, 37), link::cut);
      assertEquals(SmallModel.greedy(PROMPT, 40), told);
      assertTrue(session.stats().reconnects() >= 2, session.stats().toString());
    }
  }

  @Test
  void aRestartedServerIsReplayed() {
    try (SplitModel model = open(List.of(cloud.endpoint()));
        Session session = model.newSession()) {
      int port = cloud.endpoint().port();
      List<Integer> told =
          decode(
              session,
              Set.of(7),
              () -> {
                cloud.close();
                cloud = start(EmbeddedCloud.Limits.DEFAULT, port);
              });
      assertEquals(SmallModel.greedy(PROMPT, 40), told);
    }
  }

  @Test
  void anExpiredSequenceIsReplayed() {
    int port = cloud.endpoint().port();
    cloud.close();
    cloud = start(new EmbeddedCloud.Limits(1, Duration.ofMillis(100)), port);
    try (SplitModel model = open(List.of(cloud.endpoint()));
        Session session = model.newSession();
        Session other = model.newSession()) {
      // The other session is answered only once the first one's sequence has expired.
      List<Integer> told = decode(session, Set.of(5, 20), () -> other.prefill(PROMPT));
      assertEquals(SmallModel.greedy(PROMPT, 40), told);
      assertTrue(session.stats().reconnects() >= 2, session.stats().toString());
    }
  }

  /** A sequence whose server has lost its way; seen where a model was loaded anew. */
  @Test
  void answersOfAnotherShapeAreReplayed() throws Exception {
    AtomicInteger answers = new AtomicInteger();
    try (AlteringCloud altering =
            altering(
                answer ->
                    answers.incrementAndGet() % 9 == 0
                        ? AlteringCloud.withoutRow(answer)
                        : answer);
        SplitModel model = open(List.of(altering.endpoint()));
        Session session = model.newSession()) {
      assertEquals(SmallModel.greedy(PROMPT, 40), decode(session, Set.of(), () -> {}));
      assertTrue(session.stats().reconnects() >= 4, session.stats().toString());
    }
  }

  /** Prompts are sent without waiting: steps laid out meanwhile have more room than lost ones. */
  @Test
  void aLongPromptWhoseSequenceIsLostOnTheWayIsReplayed() throws Exception {
    int[] prompt = new Random(5).ints(150, 0, SmallModel.VOCABULARY).toArray();
    int port = cloud.endpoint().port();
    cloud.close();
    cloud = start(new EmbeddedCloud.Limits(4, Duration.ofMinutes(10), 20), port);
    AtomicInteger answers = new AtomicInteger();
    try (AlteringCloud altering =
            altering(
                answer ->
                    answers.incrementAndGet() == 2 ? AlteringCloud.withoutRow(answer) : answer);
        SplitModel model = open(List.of(altering.endpoint()));
        Session session = model.newSession();
        Session expected = SmallModel.split().newSession()) {
      assertEquals(expected.prefill(prompt).token(), session.prefill(prompt).token());
      assertEquals(1, session.stats().reconnects());
    }
  }

  @Test
  void aFirstAnswerOfAnotherShapeIsSaidAtOnce() throws Exception {
    try (AlteringCloud altering = altering(AlteringCloud::withoutRow);
        SplitModel model = open(List.of(altering.endpoint()));
        Session session = model.newSession()) {
      CloudException failure = assertThrows(CloudException.class, () -> session.prefill(PROMPT));
      assertEquals(ErrorCode.CLOUD_FAILED, failure.code());
      assertTrue(failure.getMessage().contains("[7, 24]"), failure.getMessage());
    }
  }

  private AlteringCloud altering(UnaryOperator<ModelStreamInferResponse> answer)
      throws IOException {
    return new AlteringCloud(cloud, Alteration.NONE.withAnswer(answer));
  }

  @Test
  void aSecondServerTakesOver() {
    try (EmbeddedCloud second = start(EmbeddedCloud.Limits.DEFAULT, 0);
        SplitModel model = open(List.of(cloud.endpoint(), second.endpoint()));
        Session session = model.newSession()) {
      assertEquals(SmallModel.greedy(PROMPT, 40), decode(session, Set.of(7), cloud::close));
    }
  }

  /** What was cut for the first server is cut anew for the second. */
  @Test
  void aServerThatTakesFewerTokensAtOnceTakesOver() {
    int[] prompt = new Random(3).ints(60, 0, SmallModel.VOCABULARY).toArray();
    TokenTree tree =
        new TokenTree(
            new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, new int[] {-1, 0, 1, -1, 3, 1, 5, 6, 7});
    var few = new EmbeddedCloud.Limits(4, Duration.ofMinutes(10), 5);
    try (EmbeddedCloud second = start(few, 0);
        EmulatedLink far = // so that the first is the one to begin with
            EmulatedLink.open(
                new InetSocketAddress(second.endpoint().host(), second.endpoint().port()),
                LinkProfile.parse("rtt=40ms"));
        SplitModel model =
            open(
                List.of(
                    cloud.endpoint(),
                    new Endpoint(far.address().getHostString(), far.address().getPort(), false)));
        Session prefills = model.newSession();
        Session verifies = model.newSession();
        Session expected = SmallModel.split().newSession()) {
      verifies.prefill(PROMPT);
      assertTrue(model.edge().maxTokensPerStep() > prompt.length);
      cloud.close();
      assertEquals(expected.prefill(prompt).token(), prefills.prefill(prompt).token());
      assertEquals(5, model.edge().maxTokensPerStep());
      expected.prefill(PROMPT);
      assertEquals(
          Arrays.stream(expected.verify(tree)).map(TokenChoice::token).toList(),
          Arrays.stream(verifies.verify(tree)).map(TokenChoice::token).toList());
    }
  }

  @Test
  void aServerWithAnotherModelIsPassedOver() {
    Contract other = Contract.of(SmallModel.checkpoint(), 2, 3);
    try (EmbeddedCloud second = EmbeddedCloud.start(decoder, other);
        SplitModel model = open(List.of(second.endpoint(), cloud.endpoint()));
        Session session = model.newSession()) {
      assertEquals(SmallModel.greedy(PROMPT, 40), decode(session, Set.of(), () -> {}));
    }
  }

  /** Another middle is there meanwhile, as where a server's only fitting model is unloaded. */
  @Test
  void aMiddleThatIsAwayForAWhileIsReplayed() throws Exception {
    Map<String, String> other = Contract.of(SmallModel.checkpoint(), 2, 3).toParameters();
    AtomicInteger away = new AtomicInteger(); // how many more searches find the other middle
    Alteration alteration =
        Alteration.NONE
            .withConfig(
                config ->
                    away.getAndUpdate(searches -> Math.max(0, searches - 1)) > 0
                        ? withParameters(config, other)
                        : config)
            .withAnswer(
                answer -> {
                  if (away.get() > 0) {
                    throw Status.UNAVAILABLE.asRuntimeException();
                  }
                  return answer;
                });
    try (AlteringCloud altering = new AlteringCloud(cloud, alteration);
        SplitModel model = open(List.of(altering.endpoint()));
        Session session = model.newSession()) {
      List<Integer> told = decode(session, Set.of(7), () -> away.set(2));
      assertEquals(SmallModel.greedy(PROMPT, 40), told);
      assertEquals(3, session.stats().reconnects(), "the failure and two searches in vain");
    }
  }

  private static ModelConfigResponse withParameters(
      ModelConfigResponse message, Map<String, String> parameters) {
    var changed = message.toBuilder();
    parameters.forEach(
        (key, value) ->
            changed
                .getConfigBuilder()
                .putParameters(key, ModelParameter.newBuilder().setStringValue(value).build()));
    return changed.build();
  }

  @Test
  void aMiddleThatStaysAwayIsSaidSoInWords() {
    int port = cloud.endpoint().port();
    Contract other = Contract.of(SmallModel.checkpoint(), 2, 3);
    RetryPolicy brief = new RetryPolicy(3, Duration.ofMillis(20), Duration.ofMillis(500));
    try (SplitModel model = open(List.of(cloud.endpoint()), brief);
        Session session = model.newSession()) {
      CloudException failure =
          assertThrows(
              CloudException.class,
              () ->
                  decode(
                      session,
                      Set.of(7),
                      () -> {
                        cloud.close();
                        cloud =
                            EmbeddedCloud.start(decoder, other, EmbeddedCloud.Limits.DEFAULT, port);
                      }));
      assertEquals(ErrorCode.CLOUD_MIDDLE_UNAVAILABLE, failure.code());
      assertTrue(failure.getMessage().contains("is no longer served"), failure.getMessage());
      assertTrue(failure.getMessage().contains("1 here, 2 there"), failure.getMessage());
    }
  }

  /** What a session asks for without the cloud must not depend on whether that is there. */
  @Test
  void afterAFailureTheSameSessionWaitsForTheCloudToComeBack() {
    int port = cloud.endpoint().port();
    try (SplitModel model = open(List.of(cloud.endpoint()), HASTY);
        Session session = model.newSession();
        Session other = model.newSession()) {
      other.prefill(PROMPT);
      assertThrows(CloudException.class, () -> decode(session, Set.of(7), () -> cloud.close()));
      assertFalse(other.isFull());
      CompletableFuture<Void> back =
          CompletableFuture.runAsync(
              () -> {
                try (SilentServer silent = new SilentServer(port)) {
                  silent.awaitConnection();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
                cloud = start(EmbeddedCloud.Limits.DEFAULT, port);
              });
      assertEquals(SmallModel.greedy(PROMPT, 40), decode(session, Set.of(), () -> {}));
      back.join();
    }
  }

  /** A drafter that runs layers here must not find the failed round trip in its way. */
  @Test
  void afterARoundTripThatFailedDraftsMayRun() {
    RetryPolicy brief = new RetryPolicy(1, Duration.ofMillis(20), Duration.ofMillis(500));
    try (SplitModel model = open(List.of(cloud.endpoint()), brief);
        Session session = model.newSession();
        NDManager scope = model.edge().newScope()) {
      int token = session.prefill(PROMPT).token();
      cloud.close();
      TokenTree tree = TokenTree.chain(new int[] {token, 1});
      assertThrows(CloudException.class, () -> session.verify(tree));
      NDArray lower = session.draftLayers().lower(scope, TokenTree.chain(token), 0);
      assertEquals(1, lower.getShape().get(0));
    }
  }

  @Test
  void anInterruptionDoesNotGiveTheServerUp() {
    try (EmbeddedCloud second = start(EmbeddedCloud.Limits.DEFAULT, 0);
        SplitModel model = open(List.of(cloud.endpoint(), second.endpoint()));
        Session session = model.newSession()) {
      long[] before = new long[1];
      CloudException failure =
          assertThrows(
              CloudException.class,
              () ->
                  decode(
                      session,
                      Set.of(7),
                      () -> {
                        before[0] = model.statistics().cloudTime().requests();
                        Thread.currentThread().interrupt();
                      }));
      assertTrue(Thread.interrupted());
      assertEquals(ErrorCode.CANCELLED, failure.code());
      assertEquals(SmallModel.greedy(PROMPT, 40), decode(session, Set.of(), () -> {}));
      assertTrue(
          model.statistics().cloudTime().requests() > before[0] + 40,
          "the other server has run it");
    }
  }

  @Test
  void aServerGoneForGoodFailsAndLosesNothing() {
    RetryPolicy brief = new RetryPolicy(3, Duration.ofMillis(20), Duration.ofMillis(500));
    try (SplitModel model = open(List.of(cloud.endpoint()), brief);
        Session session = model.newSession()) {
      List<Integer> told = new ArrayList<>();
      CloudException failure =
          assertThrows(
              CloudException.class,
              () ->
                  SequentialDecoding.GREEDY.decode(
                      session,
                      PROMPT,
                      40,
                      Set.of(),
                      token -> {
                        told.add(token);
                        if (told.size() == 7) {
                          cloud.close();
                        }
                        return true;
                      }));
      assertEquals(ErrorCode.CLOUD_UNREACHABLE, failure.code());
      assertEquals(SmallModel.greedy(PROMPT, 40).subList(0, 7), told);
    }
  }

  @Test
  void aCloudThatCannotBeReachedIsFoundOutAtOnce() {
    Endpoint endpoint = cloud.endpoint();
    cloud.close();
    CloudException failure =
        assertThrows(CloudException.class, () -> open(List.of(endpoint)).close());
    assertEquals(ErrorCode.CLOUD_UNREACHABLE, failure.code());
    assertTrue(failure.getMessage().contains(endpoint.toString()), failure.getMessage());
  }

  @Test
  void anotherSplitOrOtherWeightsAreRefusedInWords() {
    SplitOptions options = SplitOptions.DEFAULT.withCloud(CloudAddress.of(cloud.endpoint()));
    String split =
        assertThrows(
                DisagreementException.class,
                () ->
                    SplitModel.open(SmallModel.checkpoint(), options.withSplit(new Split(2, 1)))
                        .close())
            .getMessage();
    assertTrue(split.contains("first layer in the cloud 2 here, 1 there"), split);
    String weights =
        assertThrows(
                DisagreementException.class,
                () -> SplitModel.open(new RandomCheckpoint(8), options.withSplit(SPLIT)).close())
            .getMessage();
    assertTrue(weights.contains("weights random-8 here, random-7 there"), weights);
  }
}
