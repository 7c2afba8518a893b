package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.Device;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.session.Session;
import dev.bookend.speculation.Pipeline;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.TritonConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server that lies, fails and spoils bytes, at random. Whatever it does, an answer is the right
 * one, or it ends with an error that says so: never with fewer or other tokens, never as if the
 * user had cancelled it, and not after its time.
 *
 * <p>The system property {@code bookend.mutations} sets how many faults are tried.
 */
@Timeout(3600)
class HostileCloudIT {
  private static final int MUTATIONS = Integer.getInteger("bookend.mutations", 500);
  private static final long SEED = Long.getLong("bookend.seed", 1);
  private static final int TOKENS = 12;
  private static final long LONGEST_SECONDS = 15;
  private static final int LONGEST_MESSAGE = 4_000;
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

  private final Map<ErrorCode, Integer> told = new EnumMap<>(ErrorCode.class);
  private int right;

  @BeforeAll
  static void start() {
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), FloatType.F32);
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
      right++;
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
    assertTrue(right > 0 && !told.isEmpty(), right + " were right, and " + told);
  }

  @Test
  void noAnswerIsCutOrChangedByFaultsInMessages() throws Exception {
    try (HostileProxy proxy = new HostileProxy(cloud.endpoint());
        SplitModel model = patiently(() -> open(proxy.endpoint()))) {
      for (int i = 0; i < MUTATIONS * 2 / 5; i++) {
        Random random = new Random(SEED * 1_000_003 + i);
        int at = random.nextInt(8);
        proxy.set(Faults.of(random, "ModelStreamInfer", at, random.nextBoolean()));
        String what = "fault " + i + " at message " + at;
        check(what, () -> assertEquals(expected, answer(model), what));
      }
      proxy.set(HostileProxy.Fault.NONE);
      assertEquals(expected, patiently(() -> answer(model)), "it is well again");
    }
    assertBothHappened();
  }

  @Test
  void noConfigurationOfAServerDoesHarm() throws Exception {
    try (HostileProxy proxy = new HostileProxy(cloud.endpoint());
        TritonConnection connection =
            TritonConnection.open(proxy.endpoint(), OPTIONS.withDeadline(HASTE))) {
      for (int i = 0; i < MUTATIONS / 2; i++) {
        Random random = new Random(SEED * 2_000_003 + i);
        String method = random.nextInt(3) == 0 ? "RepositoryIndex" : "ModelConfig";
        proxy.set(Faults.of(random, method, 0, true));
        check(
            "fault " + i + " in " + method,
            () -> {
              MiddleLocator locator =
                  new MiddleLocator(
                      List.of(connection), contract, CloudListener.NONE, OPTIONS.deadline());
              ServedMiddle served = locator.served();
              assertTrue(served.maxTokensPerStep() > 0 && served.maxContext() > 0);
            });
      }
    }
    assertBothHappened();
  }

  @Test
  void noAnswerIsCutOrChangedByFaultsInFrames() throws Exception {
    try (FrameProxy proxy = new FrameProxy(cloud.endpoint());
        SplitModel model = patiently(() -> open(proxy.endpoint()))) {
      FrameProxy.Fault[] faults = FrameProxy.Fault.values();
      for (int i = 0; i < MUTATIONS / 10; i++) {
        Random random = new Random(SEED * 3_000_017 + i);
        FrameProxy.Fault fault = faults[random.nextInt(faults.length)];
        int after = random.nextInt(20);
        proxy.strike(fault, after, random.nextLong());
        String what = "fault " + i + ", " + fault + " after " + after + " frames";
        check(what, () -> assertEquals(expected, answer(model), what));
      }
    }
    assertTrue(right > 0);
  }
}
