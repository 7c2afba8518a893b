package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.Device;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.session.Session;
import dev.bookend.speculation.Pipeline;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.TritonConnection;
import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server that lies, fails and spoils bytes, at random. Whatever it does, an answer is the right
 * one, or it ends with an error that says so: never with fewer or other tokens, never as if the
 * user had cancelled it, not after its time, and not at the cost of all memory.
 *
 * <p>Most cases are waits for what does not come, so several run at a time. The system property
 * {@code bookend.mutations} sets how many faults are tried.
 */
@Timeout(3600)
class HostileCloudIT {
  private static final int MUTATIONS = Integer.getInteger("bookend.mutations", 500);
  private static final long SEED = Long.getLong("bookend.seed", 1);
  private static final int TOKENS = 12;

  /** Of a case that takes three at most where nothing else runs. */
  private static final long LONGEST_SECONDS = 45;

  private static final int LONGEST_MESSAGE = 4_000;
  private static final int WORKERS = 4;
  private static final long MOST_BYTES = 500L << 20;
  private static final ConnectionOptions OPTIONS =
      ConnectionOptions.DEFAULT.withDeadline(Duration.ofMillis(600));
  private static final Duration HASTE = Duration.ofMillis(200); // no layer is computed
  private static final RetryPolicy RETRY =
      new RetryPolicy(2, Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofSeconds(2));
  private static final Set<ErrorCode> TOLD =
      EnumSet.of(
          ErrorCode.CLOUD_UNREACHABLE,
          ErrorCode.CLOUD_TIMEOUT,
          ErrorCode.CLOUD_REFUSED,
          ErrorCode.CLOUD_DISAGREES,
          ErrorCode.CLOUD_MIDDLE_UNAVAILABLE,
          ErrorCode.CLOUD_SESSION_LOST,
          ErrorCode.CLOUD_EXHAUSTED,
          ErrorCode.CLOUD_FAILED);

  private static Decoder decoder;
  private static EmbeddedCloud cloud;
  private static Contract contract;
  private static int[] prompt;
  private static List<Integer> expected;

  private final Map<ErrorCode, Integer> told = new ConcurrentHashMap<>();
  private final AtomicInteger right = new AtomicInteger();

  @BeforeAll
  static void start() {
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
    contract = new Split(1, 1).contract(SmallModel.checkpoint());
    // Places for all the sessions that are cut, so that none waits for another's to be free.
    EmbeddedCloud.Limits limits = new EmbeddedCloud.Limits(10_000, Duration.ofMinutes(10));
    cloud = EmbeddedCloud.start(decoder, contract, limits, 0);
    prompt = new Random(5).ints(30, 0, SmallModel.VOCABULARY).toArray();
    expected = SmallModel.greedy(prompt, TOKENS);
    assertEquals(expected, answer(SmallModel.split())); // which loads what takes its time
  }

  @AfterAll
  static void stop() {
    cloud.close();
    decoder.close();
  }

  private static SplitModel open(dev.bookend.triton.Endpoint endpoint) {
    return SplitModel.open(
        SmallModel.checkpoint(),
        SplitOptions.DEFAULT
            .withSplit(new Split(1, 1))
            .withCloud(CloudAddress.of(endpoint))
            .withConnection(OPTIONS)
            .withRetry(RETRY));
  }

  /** Tries a few times what a busy machine may not do in the little time that servers have here. */
  private static <T> T patiently(Supplier<T> work) {
    for (int left = 20; ; left--) {
      try {
        return work.get();
      } catch (BookendException e) {
        if (left == 0) {
          throw e;
        }
      }
    }
  }

  private static List<Integer> answer(SplitModel model) {
    List<Integer> tokens = new ArrayList<>();
    try (Session session = model.newSession();
        SpeculativeDecoding decoding =
            new SpeculativeDecoding(
                Sampling.GREEDY,
                List.of(new SuffixDrafter()),
                OptionalInt.of(4),
                Pipeline.ALWAYS)) {
      decoding.decode(session, prompt, TOKENS, Set.of(), tokens::add);
    }
    return tokens;
  }

  /** Runs one case: it ends right, or with an error of the cloud's that can be shown. */
  private void check(String what, Runnable work) {
    long start = System.nanoTime();
    try {
      work.run();
      right.incrementAndGet();
    } catch (BookendException e) {
      assertTrue(TOLD.contains(e.code()), () -> what + " ended with " + e.code() + ": " + e);
      assertShowable(what, e.getMessage());
      told.merge(e.code(), 1, Integer::sum);
    } catch (RuntimeException e) {
      fail(what + " ended with " + e, e);
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    assertTrue(seconds <= LONGEST_SECONDS, what + " took " + seconds + " s");
  }

  private static void assertShowable(String what, String message) {
    assertTrue(message.length() <= LONGEST_MESSAGE, () -> what + ": a very long message");
    for (int i = 0; i < message.length(); i++) {
      char c = message.charAt(i);
      boolean shown = !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
      int at = i;
      assertTrue(shown, () -> what + ": U+%04X at %d of %s".formatted((int) c, at, message));
    }
  }

  private void assertBothHappened() {
    assertTrue(right.get() > 0 && !told.isEmpty(), right + " were right, and " + told);
  }

  /** A server, and who asks it. */
  private interface Scene extends AutoCloseable {
    void play(int number) throws Exception;

    @Override
    void close() throws IOException;
  }

  /** Plays all cases, several at a time, each worker in a scene of its own. */
  private static void playAll(int cases, Callable<Scene> open) throws Exception {
    AtomicInteger next = new AtomicInteger();
    AtomicLong most = new AtomicLong();
    long before = liveBytes();
    Callable<Void> worker =
        () -> {
          try (Scene scene = open.call()) {
            for (int number; (number = next.getAndIncrement()) < cases; ) {
              scene.play(number);
              most.accumulateAndGet(liveBytes(), Math::max);
            }
          } catch (Exception | AssertionError e) {
            next.set(cases); // the others need not go on
            throw e;
          }
          return null;
        };
    ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
    try {
      for (Future<Void> each : workers.invokeAll(Collections.nCopies(WORKERS, worker))) {
        each.get();
      }
    } finally {
      workers.shutdownNow();
    }
    long more = most.get() - before;
    assertTrue(more < MOST_BYTES, "at some time it took %,d bytes more".formatted(more));
  }

  /** What the last collection has left on the heap, and what Java and Netty hold outside of it. */
  private static long liveBytes() {
    long heap =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .map(MemoryPoolMXBean::getCollectionUsage)
            .filter(Objects::nonNull)
            .mapToLong(MemoryUsage::getUsed)
            .sum();
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return heap + direct + Math.max(0, PlatformDependent.usedDirectMemory());
  }

  @Test
  void noAnswerIsCutOrChangedByFaultsInMessages() throws Exception {
    playAll(MUTATIONS * 2 / 5, MessageFaults::new);
    assertBothHappened();
  }

  private final class MessageFaults implements Scene {
    private final HostileProxy proxy = new HostileProxy(cloud.endpoint());
    private final SplitModel model = patiently(() -> HostileCloudIT.open(proxy.endpoint()));

    MessageFaults() throws IOException {}

    @Override
    public void play(int number) {
      Random random = new Random(SEED * 1_000_003 + number);
      int at = random.nextInt(8);
      proxy.set(Faults.of(random, "ModelStreamInfer", at, random.nextBoolean()));
      String what = "fault " + number + " at message " + at;
      check(what, () -> assertEquals(expected, answer(model), what));
    }

    @Override
    public void close() {
      proxy.set(HostileProxy.Fault.NONE);
      assertEquals(expected, patiently(() -> answer(model)), "it is well again");
      model.close();
      proxy.close();
    }
  }

  @Test
  void noConfigurationOfAServerDoesHarm() throws Exception {
    playAll(MUTATIONS / 2, Configurations::new);
    assertBothHappened();
  }

  private final class Configurations implements Scene {
    private final HostileProxy proxy = new HostileProxy(cloud.endpoint());
    private final TritonConnection connection =
        TritonConnection.open(proxy.endpoint(), OPTIONS.withDeadline(HASTE));

    Configurations() throws IOException {}

    @Override
    public void play(int number) {
      Random random = new Random(SEED * 2_000_003 + number);
      String method = random.nextInt(3) == 0 ? "RepositoryIndex" : "ModelConfig";
      proxy.set(Faults.of(random, method, 0, true));
      check(
          "fault " + number + " in " + method,
          () -> {
            MiddleLocator locator =
                new MiddleLocator(
                    List.of(connection), contract, CloudListener.NONE, OPTIONS.deadline());
            ServedMiddle served = locator.served();
            assertTrue(served.maxTokensPerStep() > 0 && served.maxContext() > 0);
          });
    }

    @Override
    public void close() {
      connection.close();
      proxy.close();
    }
  }

  @Test
  void noAnswerIsCutOrChangedByFaultsInFrames() throws Exception {
    playAll(MUTATIONS / 10, FrameFaults::new);
    assertTrue(right.get() > 0);
  }

  private final class FrameFaults implements Scene {
    private final FrameProxy proxy = new FrameProxy(cloud.endpoint());
    private final SplitModel model = patiently(() -> HostileCloudIT.open(proxy.endpoint()));

    FrameFaults() throws IOException {}

    @Override
    public void play(int number) {
      FrameProxy.Fault[] faults = FrameProxy.Fault.values();
      FrameProxy.Fault fault = faults[number % faults.length];
      Random random = new Random(SEED * 3_000_017 + number);
      int after = random.nextInt(20);
      proxy.strike(fault, after, random.nextLong());
      String what = "fault " + number + ", " + fault + " after " + after + " frames";
      check(what, () -> assertEquals(expected, answer(model), what));
    }

    @Override
    public void close() throws IOException {
      model.close();
      proxy.close();
    }
  }
}
