package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.remote.CloudAddress;
import dev.bookend.session.Session;
import dev.bookend.speculation.Pipeline;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.triton.testing.ResidentMemory;
import dev.bookend.triton.testing.TritonServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sixty-four users for a long time, each with one answer after the other, of which some are broken
 * off at any moment: every token is that of the same answer alone, and memory does not grow.
 *
 * <p>The system property {@code bookend.load.minutes} sets for how long, on each cloud.
 */
@Tag("slow")
class LongLoadIT {
  private static final Duration DURATION =
      Duration.ofMinutes(Integer.getInteger("bookend.load.minutes", 60));

  private static final int USERS = 64;
  private static final int TOKENS = 50;
  private static final Split SPLIT = new Split(1, 1);
  private static final RandomCheckpoint CHECKPOINT = Families.QWEN2.checkpoint();

  /** A JVM's memory goes up and down by some tens of MB. */
  private static final long MOST_GROWTH = 100L << 20;

  private final List<List<Integer>> alone = new ArrayList<>();
  private final AtomicLong whole = new AtomicLong();
  private final AtomicLong brokenOff = new AtomicLong();

  private static int[] prompt(int number) {
    return new Random(number).ints(20, 0, CHECKPOINT.config().vocabularySize()).toArray();
  }

  private static Decoding decoding(int number) {
    Sampling sampling = number % 2 == 0 ? Sampling.GREEDY : new Sampling(0.9, 0, 1, number);
    return number % 4 < 2
        ? new SequentialDecoding(sampling)
        : new SpeculativeDecoding(
            sampling,
            List.of(new SuffixDrafter()),
            OptionalInt.of(4),
            number % 8 < 4 ? Pipeline.ALWAYS : Pipeline.NEVER);
  }

  /** The first tokens of an answer, at most so many; fewer where the thread is interrupted. */
  private static List<Integer> answer(SplitModel model, int number, int most) {
    List<Integer> tokens = new ArrayList<>();
    try (Session session = model.newSession();
        Decoding decoding = decoding(number)) {
      decoding.decode(
          session,
          prompt(number),
          TOKENS,
          Set.of(),
          token -> {
            tokens.add(token);
            return tokens.size() < most;
          });
    } catch (BookendException e) {
      if (e.code() != ErrorCode.CANCELLED) {
        throw e;
      }
    }
    return tokens;
  }

  /** One user: any of the answers, one after the other, until it is over. */
  private void use(SplitModel model, int user, AtomicBoolean over, ScheduledExecutorService timer) {
    Random random = new Random(user);
    Thread thread = Thread.currentThread();
    while (!over.get()) {
      int number = random.nextInt(USERS);
      int kind = random.nextInt(4);
      int most = kind == 0 ? 1 + random.nextInt(TOKENS) : TOKENS;
      Future<?> interrupt =
          kind == 1
              ? timer.schedule(thread::interrupt, random.nextInt(2_000), TimeUnit.MILLISECONDS)
              : null;
      List<Integer> tokens = answer(model, number, most);
      if (interrupt != null) {
        interrupt.cancel(false);
        boolean unused = Thread.interrupted();
      }
      List<Integer> right = alone.get(number);
      assertEquals(right.subList(0, tokens.size()), tokens);
      if (tokens.size() == right.size()) {
        whole.incrementAndGet();
      } else {
        assertTrue(kind < 2, "an answer that nobody has broken off is cut");
        brokenOff.incrementAndGet();
      }
    }
  }

  private void assertSteady(SplitModel model) throws Exception {
    IntStream.range(0, USERS).forEach(number -> alone.add(answer(model, number, TOKENS)));
    AtomicBoolean over = new AtomicBoolean();
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    ExecutorService users = Executors.newFixedThreadPool(USERS);
    try {
      List<Future<Void>> running = new ArrayList<>();
      for (int user = 0; user < USERS; user++) {
        int number = user;
        Callable<Void> work =
            () -> {
              try {
                use(model, number, over, timer);
              } finally {
                over.set(true);
              }
              return null;
            };
        running.add(users.submit(work));
      }
      long third = residentAfterAThird(over);
      long twoThirds = residentAfterAThird(over);
      long end = residentAfterAThird(over);
      over.set(true);
      for (Future<Void> each : running) {
        each.get();
      }
      System.out.printf(
          "%s: %,d whole answers, %,d broken off; resident %,d, then %,d, then %,d MB%n",
          model.options().cloud(),
          whole.get(),
          brokenOff.get(),
          third >> 20,
          twoThirds >> 20,
          end >> 20);
      assertTrue(whole.get() > 0 && brokenOff.get() > 0);
      assertTrue(end - twoThirds < MOST_GROWTH, twoThirds + " bytes, then " + end);
    } finally {
      over.set(true);
      users.shutdownNow();
      timer.shutdownNow();
    }
  }

  /** The memory that the process takes after the next third of the time. */
  private static long residentAfterAThird(AtomicBoolean over) throws Exception {
    long until = System.nanoTime() + DURATION.toNanos() / 3;
    while (System.nanoTime() < until && !over.get()) {
      Thread.sleep(1_000);
    }
    return ResidentMemory.afterCollection();
  }

  @Test
  void onTheEmbeddedCloud() throws Exception {
    try (SplitModel model = SplitModel.open(CHECKPOINT, SplitOptions.DEFAULT.withSplit(SPLIT))) {
      assertSteady(model);
    }
  }

  @Test
  void onATritonServer(@TempDir Path repository) throws Exception {
    ExportOptions options =
        ExportOptions.DEFAULT.withBackend(Backend.PYTHON).withMaxSessions(USERS + 1);
    int layers = CHECKPOINT.config().layers();
    MiddleExport.write(CHECKPOINT, 1, layers - 1, options, repository, (what, done, total) -> {});
    try (TritonServer server = TritonServer.start(repository);
        SplitModel model =
            SplitModel.open(
                CHECKPOINT,
                SplitOptions.DEFAULT
                    .withSplit(SPLIT)
                    .withCloud(CloudAddress.of(server.endpoint())))) {
      assertSteady(model);
    }
  }
}
