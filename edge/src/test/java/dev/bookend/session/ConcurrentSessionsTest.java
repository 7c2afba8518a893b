package dev.bookend.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.decoding.DecodingRequest;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.remote.AlteringCloud;
import dev.bookend.remote.AlteringCloud.Alteration;
import dev.bookend.remote.CloudAddress;
import dev.bookend.remote.RetryPolicy;
import dev.bookend.speculation.Pipeline;
import dev.bookend.speculation.lookahead.LookaheadDrafter;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions of one model share its layers, its connection and its middle locator. */
@Timeout(600)
class ConcurrentSessionsTest {
  private static final int SESSIONS = 4;
  private static final int TOKENS = 40;
  private static final SplitOptions SPLIT = SplitOptions.DEFAULT.withSplit(new Split(1, 1));

  /** What the model chose for each of a session's prompts, and what that took. */
  private record Run(List<List<TokenChoice>> choices, SessionStats stats) {
    List<List<Integer>> tokens() {
      return choices.stream()
          .map(answer -> answer.stream().map(TokenChoice::token).toList())
          .toList();
    }
  }

  /** Two prompts, of which the second goes on from the first; every other session samples. */
  private static Run run(SplitModel model, int number) {
    int[] text = new Random(number).ints(20 + number, 0, SmallModel.VOCABULARY).toArray();
    Sampling sampling = number % 2 == 0 ? Sampling.GREEDY : new Sampling(0.9, 0, 1, number);
    DecodingRequest request = new DecodingRequest(sampling, TOKENS, Set.of());
    List<List<TokenChoice>> answers = new ArrayList<>();
    // As many draft tokens each time, for how many pay depends on how long round trips take.
    try (Session session = model.newSession();
        SpeculativeDecoding decoding =
            new SpeculativeDecoding(
                sampling,
                List.of(new LookaheadDrafter(4, 3, 4), new SuffixDrafter()),
                OptionalInt.of(8),
                number < 2 ? Pipeline.ALWAYS : Pipeline.NEVER)) {
      for (int length : new int[] {text.length / 2, text.length}) {
        List<TokenChoice> choices = new ArrayList<>();
        int[] prompt = IntStream.of(text).limit(length).toArray();
        decoding.decode(session, prompt, request, choices::add);
        answers.add(choices);
      }
      return new Run(answers, session.stats());
    }
  }

  private static List<Run> oneByOne() {
    return IntStream.range(0, SESSIONS).mapToObj(i -> run(SmallModel.split(), i)).toList();
  }

  /** All sessions begin at once, each on a thread of its own. */
  private static List<Run> together(SplitModel model) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(SESSIONS);
    CyclicBarrier start = new CyclicBarrier(SESSIONS);
    try {
      List<Future<Run>> running = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        int number = i;
        running.add(
            threads.submit(
                () -> {
                  start.await();
                  return run(model, number);
                }));
      }
      List<Run> runs = new ArrayList<>();
      for (Future<Run> run : running) {
        runs.add(run.get());
      }
      return runs;
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(1, TimeUnit.MINUTES); // the model is closed next
    }
  }

  @Test
  void sessionsOnSeveralThreadsChooseAsOneByOne() throws Exception {
    List<Run> expected = oneByOne();
    List<Run> together = together(SmallModel.split());
    for (int i = 0; i < SESSIONS; i++) {
      assertEquals(expected.get(i).choices(), together.get(i).choices(), "session " + i);
      assertEquals(
          expected.get(i).stats().roundTrips(),
          together.get(i).stats().roundTrips(),
          "session " + i);
    }
  }

  /** A failure strikes whichever session is next, while the others are under way. */
  @Test
  void aServerThatFailsNowAndThenChangesNoSessionsTokens() throws Exception {
    AtomicInteger answers = new AtomicInteger();
    Alteration failing =
        Alteration.NONE.withAnswer(
            answer -> {
              if (answers.incrementAndGet() % 17 == 0) {
                throw Status.UNAVAILABLE.asRuntimeException();
              }
              return answer;
            });
    RetryPolicy retry = new RetryPolicy(100, Duration.ofMillis(5), Duration.ofMillis(100));
    try (Decoder decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
        EmbeddedCloud cloud =
            EmbeddedCloud.start(decoder, SPLIT.split().contract(SmallModel.checkpoint()));
        AlteringCloud altering = new AlteringCloud(cloud, failing);
        SplitModel model =
            SplitModel.open(
                SmallModel.checkpoint(),
                SPLIT.withCloud(CloudAddress.of(altering.endpoint())).withRetry(retry))) {
      List<Run> together = together(model);
      assertEquals(
          oneByOne().stream().map(Run::tokens).toList(),
          together.stream().map(Run::tokens).toList());
      int reconnects = together.stream().mapToInt(run -> run.stats().reconnects()).sum();
      assertTrue(reconnects >= 4, "reconnects: " + reconnects);
    }
  }
}
