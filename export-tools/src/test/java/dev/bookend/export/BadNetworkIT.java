package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.remote.CloudAddress;
import dev.bookend.session.Session;
import dev.bookend.session.SessionStats;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.testing.BadNetwork;
import dev.bookend.triton.testing.TritonServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Triton server behind a network that loses packets, is slow, falls silent or breaks off:
 * the tokens are those that they would have been. Hidden states are as wide as a small real model's
 * (576 numbers: 2,304 bytes a token, each way).
 */
@Tag("slow")
@Timeout(1200)
class BadNetworkIT {
  private static final System.Logger LOG = System.getLogger(BadNetworkIT.class.getName());
  private static final RandomCheckpoint MODEL = wide();
  private static final Split SPLIT = new Split(1, 1);
  private static final int FAULTS = 25;

  @TempDir private static Path repository;
  private static TritonServer server;
  private static SplitModel calm;

  private BadNetwork network;

  private static RandomCheckpoint wide() {
    ModelConfig small = Families.QWEN3.checkpoint().config();
    return new RandomCheckpoint(
        12,
        new ModelConfig(
            small.architecture(),
            small.traits(),
            small.layers(),
            576,
            small.intermediateSize(),
            small.heads(),
            small.kvHeads(),
            small.headDim(),
            small.vocabularySize(),
            small.contextLength(),
            small.normEpsilon(),
            small.rope(),
            small.slidingWindow(),
            small.endTokens()));
  }

  @BeforeAll
  static void start() {
    export(repository);
    server = TritonServer.start(repository);
    calm = SplitModel.open(MODEL, SplitOptions.DEFAULT.withSplit(SPLIT));
  }

  private static Path export(Path models) {
    return MiddleExport.write(
            MODEL,
            SPLIT.lower(),
            Families.LAYERS - SPLIT.upper(),
            ExportOptions.DEFAULT.withBackend(Backend.PYTHON),
            models,
            (what, done, total) -> {})
        .directory();
  }

  @AfterAll
  static void stop() {
    calm.close();
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void connect() {
    network = BadNetwork.to(server.endpoint());
  }

  @AfterEach
  void disconnect() {
    if (network != null) {
      network.close();
    }
  }

  private SplitModel open() {
    return open(network.endpoint());
  }

  private static SplitModel open(Endpoint... servers) {
    return SplitModel.open(
        MODEL, SplitOptions.DEFAULT.withSplit(SPLIT).withCloud(CloudAddress.of(servers)));
  }

  private static List<Integer> answer(
      Session session, int[] prompt, int count, IntConsumer afterTokens) {
    List<Integer> tokens = new ArrayList<>();
    SequentialDecoding.GREEDY.decode(
        session,
        prompt,
        count,
        Set.of(),
        token -> {
          tokens.add(token);
          afterTokens.accept(tokens.size());
          return true;
        });
    return tokens;
  }

  private static int[] prompt(int length) {
    return new Random(length).ints(length, 1, 50).toArray();
  }

  /** Answers through the network as without it; says what it cost. */
  private static SessionStats assertSameAnswer(
      SplitModel model, int promptLength, int count, IntConsumer afterTokens) {
    List<Integer> expected;
    try (Session session = calm.newSession()) {
      expected = answer(session, prompt(promptLength), count, tokens -> {});
    }
    try (Session session = model.newSession()) {
      assertEquals(expected, answer(session, prompt(promptLength), count, afterTokens));
      return session.stats();
    }
  }

  /** The answer is the same, and no step was given up that would have come. */
  private void assertSameAnswerAtOnce(String how, int promptLength, int count) {
    assertSameAnswer(how, promptLength, count, 0);
  }

  private void assertSameAnswer(String how, int promptLength, int count, int mostReconnects) {
    try (SplitModel model = open()) {
      long start = System.nanoTime();
      SessionStats stats = assertSameAnswer(model, promptLength, count, tokens -> {});
      LOG.log(
          System.Logger.Level.INFO,
          "%s: the same tokens, %.1f s, %d requests, %d reconnects"
              .formatted(
                  how, (System.nanoTime() - start) / 1e9, stats.requests(), stats.reconnects()));
      assertTrue(stats.reconnects() <= mostReconnects, stats.toString());
    }
  }

  @Test
  void aTwentiethOfThePacketsIsLost() {
    network.delay(0.02, 0.02);
    network.lose(0.05);
    assertSameAnswerAtOnce("5 % of the packets lost", 200, 100);
  }

  @Test
  void packetsAreUpToHalfASecondLate() {
    network.delay(0, 0.5);
    assertSameAnswerAtOnce("500 ms of jitter", 50, 30);
  }

  @Test
  void aMegabitASecond() {
    network.limit(1_000_000);
    assertSameAnswerAtOnce("1 Mbit/s", 941, 20);
  }

  /** The prompt alone takes a minute there, and another one back. */
  @Test
  void threeHundredKilobitsASecond() {
    network.limit(300_000);
    assertSameAnswerAtOnce("300 kbit/s", 941, 20);
  }

  /** So slow that a question whether the server lives may come too late, once. */
  @Test
  void sixtyFourKilobitsASecond() {
    network.limit(64_000);
    assertSameAnswer("64 kbit/s", 100, 10, 1);
  }

  /** The replay of a long prompt takes longer than a lost cloud is tried to get back. */
  @Test
  void aConnectionThatBreaksOnASlowNetwork() {
    try (SplitModel model = open()) {
      network.limit(300_000);
      SessionStats stats =
          assertSameAnswer(
              model,
              941,
              20,
              tokens -> {
                if (tokens == 10) {
                  network.reset();
                }
              });
      assertTrue(stats.reconnects() >= 1, stats.toString());
      assertTrue(stats.reconnects() <= 3, stats.toString());
    }
  }

  @Test
  void twentySecondsOfSilence() {
    try (SplitModel model = open()) {
      List<CompletableFuture<Void>> ends = new ArrayList<>();
      LongestPause pause = new LongestPause();
      SessionStats stats =
          assertSameAnswer(
              model,
              50,
              40,
              pause.of(
                  tokens -> {
                    if (tokens == 10) {
                      network.silence(true);
                      ends.add(
                          CompletableFuture.runAsync(
                              () -> network.silence(false),
                              CompletableFuture.delayedExecutor(20, TimeUnit.SECONDS)));
                    }
                  }));
      ends.forEach(CompletableFuture::join);
      report("20 s of silence", 1, stats.reconnects(), pause.seconds());
      assertTrue(stats.reconnects() >= 1, stats.toString());
    }
  }

  @Test
  void connectionsAreReset() {
    assertSurvives("RST", network::reset);
  }

  @Test
  void connectionsAreDeadWithoutAWord() {
    assertSurvives("half-open", network::halfOpen);
  }

  /** In each of the answers, behind some token, it happens to the connections. */
  private void assertSurvives(String what, Runnable fault) {
    Random random = new Random(9);
    int reconnects = 0;
    LongestPause pause = new LongestPause();
    try (SplitModel model = open()) {
      for (int number = 0; number < FAULTS; number++) {
        int at = 1 + random.nextInt(39);
        SessionStats stats =
            assertSameAnswer(
                model,
                20 + number,
                40,
                pause.of(
                    tokens -> {
                      if (tokens == at) {
                        fault.run();
                      }
                    }));
        reconnects += stats.reconnects();
      }
    }
    report(what, FAULTS, reconnects, pause.seconds());
    assertTrue(reconnects >= FAULTS, reconnects + " reconnects");
    assertTrue(pause.seconds() < 30, "one lasted " + pause.seconds());
  }

  /** Were a full server told from a slow network by time alone, this would take two minutes. */
  @Test
  void aFullServerIsLeftSoonAlsoWithALongPrompt(@TempDir Path other) throws IOException {
    ServedMiddle.makeNarrow(export(other));
    network.delay(0.05, 0.05); // so that the full server is the one to begin with
    try (TritonServer narrow = TritonServer.start(other);
        SplitModel holder = open(narrow.endpoint());
        Session holds = holder.newSession();
        SplitModel model = open(narrow.endpoint(), network.endpoint());
        Session session = model.newSession()) {
      holds.prefill(prompt(10));
      long start = System.nanoTime();
      session.prefill(prompt(941));
      long nanos = System.nanoTime() - start;
      assertEquals(network.endpoint().toString(), session.server());
      report("full server, prompt of 941 tokens", 1, session.stats().reconnects(), nanos / 1e9);
      assertTrue(nanos < 40e9, "after " + Duration.ofNanos(nanos));
    }
  }

  private static void report(String what, int answers, int reconnects, double seconds) {
    LOG.log(
        System.Logger.Level.INFO,
        "%s: %d of %d answers the same; %d reconnects, %.1f s at most"
            .formatted(what, answers, answers, reconnects, seconds));
  }
}
