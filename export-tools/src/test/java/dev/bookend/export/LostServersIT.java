package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.remote.CloudAddress;
import dev.bookend.remote.CloudException;
import dev.bookend.session.Session;
import dev.bookend.session.SessionStats;
import dev.bookend.speculation.Pipeline;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.testing.Balancer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two real Triton servers, behind a real balancer or not, that are killed, stopped or restarted
 * while answers run: the tokens are those that they would have been.
 */
@Timeout(1800)
class LostServersIT {
  private static final System.Logger LOG = System.getLogger(LostServersIT.class.getName());
  private static final RandomCheckpoint MODEL = Families.QWEN3.checkpoint();
  private static final Split SPLIT = new Split(1, 1);
  private static final String NAME = "small";
  private static final int TOKENS = 200;
  private static final int SESSIONS = 4;
  private static final int FAULTS = 25; // on each of four ways

  /** Shorter than an answer, so that answers outlive it. */
  private static final String EXIT_TIMEOUT = "--exit-timeout-secs=1";

  @TempDir private static Path directory;
  private static ServerPair servers;
  private static List<List<Integer>> expected;

  @BeforeAll
  static void start() {
    Path repository = directory.resolve("models");
    MiddleExport.write(
        MODEL,
        SPLIT.lower(),
        Families.LAYERS - SPLIT.upper(),
        ExportOptions.DEFAULT.withBackend(Backend.PYTHON).withName(NAME),
        repository,
        (what, done, total) -> {});
    servers = new ServerPair(repository, EXIT_TIMEOUT);
    expected = new ArrayList<>();
    try (SplitModel embedded = SplitModel.open(MODEL, SplitOptions.DEFAULT.withSplit(SPLIT))) {
      for (int number = 0; number < SESSIONS; number++) {
        try (Session session = embedded.newSession()) {
          expected.add(answer(session, number, token -> {}));
        }
      }
    }
  }

  @AfterAll
  static void stop() {
    if (servers != null) {
      servers.close();
    }
  }

  private static SplitModel open(Endpoint... addresses) {
    return SplitModel.open(
        MODEL, SplitOptions.DEFAULT.withSplit(SPLIT).withCloud(CloudAddress.of(addresses)));
  }

  /** Every other one with drafts, of which steps are sent ahead. */
  private static Decoding decoding(int number) {
    return number % 2 == 0
        ? SequentialDecoding.GREEDY
        : new SpeculativeDecoding(
            Sampling.GREEDY, List.of(new SuffixDrafter()), OptionalInt.of(6), Pipeline.ALWAYS);
  }

  private static List<Integer> answer(Session session, int number, IntConsumer afterTokens) {
    int[] prompt = new Random(number).ints(30, 1, 50).toArray();
    List<Integer> tokens = new ArrayList<>();
    afterTokens.accept(0);
    try (Decoding decoding = decoding(number)) {
      decoding.decode(
          session,
          prompt,
          TOKENS,
          Set.of(),
          token -> {
            tokens.add(token);
            afterTokens.accept(tokens.size());
            return true;
          });
    }
    return tokens;
  }

  @BeforeEach
  void bothAreThere() {
    servers.restartAll();
  }

  @Test
  void behindABalancerAnswersSurviveTheDeathOfAServer() throws Exception {
    loseInTurn(Balancer.Kind.HAPROXY_HTTP2, () -> servers.get(0).kill());
  }

  /** As a new version is rolled out, twice. */
  @ParameterizedTest
  @EnumSource(Balancer.Kind.class)
  @Tag("slow")
  void behindABalancerBothAreRestartedInTurn(Balancer.Kind kind) throws Exception {
    loseInTurn(
        kind,
        () -> {
          for (int turn = 0; turn < 2 * ServerPair.SIZE; turn++) {
            servers.get(turn % ServerPair.SIZE).terminate();
            servers.restart(turn % ServerPair.SIZE);
            ServedMiddle.sleep(1000);
          }
        });
  }

  /** Answers run all the time; meanwhile something happens to the servers. */
  private static void loseInTurn(Balancer.Kind kind, Runnable event) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(SESSIONS);
    CompletableFuture<Void> enough = new CompletableFuture<>();
    try (Balancer balancer =
            Balancer.start(kind, directory.resolve("restarts-" + kind), servers.ports());
        SplitModel model = open(balancer.endpoint())) {
      List<Future<Integer>> running = new ArrayList<>();
      for (int number = 0; number < SESSIONS; number++) {
        int own = number;
        running.add(threads.submit(() -> answers(model, own, enough)));
      }
      ServedMiddle.sleep(500);
      event.run();
      enough.complete(null);
      int reconnects = 0;
      for (Future<Integer> each : running) {
        reconnects += each.get();
      }
      assertTrue(reconnects > 0, "no fault was met");
    } finally {
      enough.complete(null);
      threads.shutdown();
      assertTrue(threads.awaitTermination(2, TimeUnit.MINUTES));
    }
  }

  /** Answers one after the other, until it is enough; says how often the cloud was lost. */
  private static int answers(SplitModel model, int number, CompletableFuture<Void> enough) {
    int reconnects = 0;
    do {
      try (Session session = model.newSession()) {
        assertEquals(expected.get(number), answer(session, number, token -> {}));
        reconnects += session.stats().reconnects();
      }
    } while (!enough.isDone());
    return reconnects;
  }

  @ParameterizedTest
  @EnumSource(Balancer.Kind.class)
  @Tag("slow")
  void behindABalancerEveryAnswerSurvivesTheDeathOfItsServer(Balancer.Kind kind) {
    try (Balancer balancer =
        Balancer.start(kind, directory.resolve("deaths-" + kind), servers.ports())) {
      killInEveryAnswer(kind.toString(), balancer.endpoint());
    }
  }

  @Test
  @Tag("slow")
  void withoutOneEveryAnswerSurvivesTheDeathOfItsServer() {
    killInEveryAnswer("two addresses", servers.get(0).endpoint(), servers.get(1).endpoint());
  }

  /** In each answer, before or behind some token, the server that it is on gets SIGKILL. */
  private static void killInEveryAnswer(String way, Endpoint... addresses) {
    Random random = new Random(7);
    List<CompletableFuture<Void>> restarts = new ArrayList<>();
    Costs costs = new Costs();
    try (SplitModel model = open(addresses)) {
      for (int number = 0; number < SESSIONS; number++) {
        costs.calm(model, number);
      }
      for (int fault = 0; fault < FAULTS; fault++) {
        int at = random.nextInt(TOKENS);
        costs.faulty(
            model,
            fault % SESSIONS,
            tokens -> {
              if (tokens == at) {
                restarts.add(killSoon(random.nextInt(5)));
              }
            });
        restarts.forEach(CompletableFuture::join);
        servers.restartAll(); // a starved one breaks down by itself now and then
      }
    }
    costs.report(way + ", SIGKILL");
  }

  private static CompletableFuture<Void> killSoon(int millis) {
    int victim = servers.inUse(NAME);
    return CompletableFuture.runAsync(
        () -> {
          ServedMiddle.sleep(millis);
          servers.get(victim).kill();
          servers.restart(victim);
        });
  }

  @Test
  @Tag("slow")
  void anAnswerSurvivesServersThatStandStillAndGoOn() {
    Random random = new Random(8);
    Costs costs = new Costs();
    try (SplitModel model = open(servers.get(0).endpoint(), servers.get(1).endpoint())) {
      for (int number = 0; number < SESSIONS; number++) {
        costs.calm(model, number);
      }
      while (costs.answers < FAULTS) {
        int at = random.nextInt(TOKENS);
        int[] paused = {-1};
        try {
          costs.faulty(
              model,
              costs.answers % SESSIONS,
              tokens -> {
                if (tokens == at) {
                  paused[0] = servers.inUse(NAME);
                  servers.get(paused[0]).pause();
                }
              });
        } catch (CloudException e) {
          if (paused[0] < 0 || !servers.get(1 - paused[0]).hasAborted()) {
            throw e;
          }
          servers.restartAll(); // the only one that was left has broken down by itself
        } finally {
          if (paused[0] >= 0) {
            servers.get(paused[0]).resume(); // also where it has failed, for the tests that follow
          }
        }
      }
    }
    costs.report("two addresses, SIGSTOP");
  }

  /** What answers cost with faults, beyond what they cost without. */
  private static final class Costs {
    private final long[] requests = new long[SESSIONS];
    private final long[] bytes = new long[SESSIONS];
    private int answers;
    private int reconnects;
    private long addedRequests;
    private long addedBytes;
    private final LongestPause pause = new LongestPause();

    void calm(SplitModel model, int number) {
      long before = bytes(model);
      requests[number] = run(model, number, tokens -> {}).requests();
      bytes[number] = bytes(model) - before;
    }

    void faulty(SplitModel model, int number, IntConsumer fault) {
      long before = bytes(model);
      SessionStats stats = run(model, number, pause.of(fault));
      answers++;
      reconnects += stats.reconnects();
      addedRequests += stats.requests() - requests[number];
      addedBytes += bytes(model) - before - bytes[number];
    }

    private static SessionStats run(SplitModel model, int number, IntConsumer afterTokens) {
      try (Session session = model.newSession()) {
        assertEquals(expected.get(number), answer(session, number, afterTokens));
        return session.stats();
      }
    }

    private static long bytes(SplitModel model) {
      return model.statistics().bytesSent() + model.statistics().bytesReceived();
    }

    void report(String way) {
      LOG.log(
          System.Logger.Level.INFO,
          "%s: %d of %d answers the same; %d reconnects, %d requests and %d bytes more, %.1f s at most"
              .formatted(
                  way, answers, FAULTS, reconnects, addedRequests, addedBytes, pause.seconds()));
      assertEquals(FAULTS, answers);
      assertTrue(reconnects > 0, "no fault was met");
    }
  }
}
