package dev.bookend.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.speculation.Pipeline;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.SplitModel;
import dev.bookend.testing.SmallModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As many sessions as the embedded cloud has places for, all at work at once. */
@Timeout(600)
class SessionLoadIT {
  private static final int SESSIONS = 64;
  private static final int TOKENS = 50;

  private static int[] prompt(int number) {
    return new Random(number).ints(20, 0, SmallModel.VOCABULARY).toArray();
  }

  private static Sampling sampling(int number) {
    return number % 2 == 0 ? Sampling.GREEDY : new Sampling(0.9, 0, 1, number);
  }

  private static Decoding decoding(int number) {
    return number % 4 < 2
        ? new SequentialDecoding(sampling(number))
        : new SpeculativeDecoding(
            sampling(number),
            List.of(new SuffixDrafter()),
            OptionalInt.of(6),
            number % 8 < 4 ? Pipeline.ALWAYS : Pipeline.NEVER);
  }

  private static List<Integer> answer(Session session, int number) {
    List<Integer> tokens = new ArrayList<>();
    try (Decoding decoding = decoding(number)) {
      decoding.decode(session, prompt(number), TOKENS, Set.of(), tokens::add);
    }
    return tokens;
  }

  private static List<Integer> alone(int number) {
    try (Session session = SmallModel.split().newSession()) {
      return answer(session, number);
    }
  }

  private interface Work<T> {
    T of(int number) throws Exception;
  }

  /** Does the work for each session on a thread of its own; all begin at once. */
  private static <T> List<T> together(Work<T> work) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(SESSIONS);
    CyclicBarrier start = new CyclicBarrier(SESSIONS);
    try {
      List<Future<T>> running =
          IntStream.range(0, SESSIONS)
              .mapToObj(
                  number ->
                      threads.submit(
                          () -> {
                            start.await();
                            return work.of(number);
                          }))
              .toList();
      List<T> results = new ArrayList<>();
      for (Future<T> each : running) {
        results.add(each.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(1, TimeUnit.MINUTES);
    }
  }

  /**
   * Every third answer is broken off by an interrupt at some moment, and every third by its
   * listener; what they have said is right, and their sessions then answer as if nothing had been.
   */
  @Test
  void answersThatAreBrokenOffDisturbNoSession() throws Exception {
    List<List<Integer>> expected =
        IntStream.range(0, SESSIONS).mapToObj(SessionLoadIT::alone).toList();
    SplitModel model = SmallModel.split();
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try {
      List<List<Integer>> answers =
          together(
              number -> {
                try (Session session = model.newSession()) {
                  List<Integer> begun = brokenOff(session, number, timer);
                  assertEquals(expected.get(number).subList(0, begun.size()), begun);
                  return answer(session, number);
                }
              });
      assertEquals(expected, answers);
    } finally {
      timer.shutdownNow();
    }
  }

  private static List<Integer> brokenOff(
      Session session, int number, ScheduledExecutorService timer) throws Exception {
    Random random = new Random(100 + number);
    int most = number % 3 == 0 ? 1 + random.nextInt(TOKENS) : TOKENS;
    List<Integer> tokens = Collections.synchronizedList(new ArrayList<>());
    Thread worker = Thread.currentThread();
    Future<?> interrupt =
        number % 3 == 1
            ? timer.schedule(worker::interrupt, random.nextInt(1_500), TimeUnit.MILLISECONDS)
            : null;
    try (Decoding decoding = decoding(number)) {
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
      assertEquals(ErrorCode.CANCELLED, e.code(), e.getMessage());
    }
    if (interrupt != null) {
      interrupt.cancel(false);
      boolean unused = Thread.interrupted();
    }
    return List.copyOf(tokens);
  }

  @Test
  void noSessionIsLeftBehind() throws Exception {
    AtomicIntegerArray progress = new AtomicIntegerArray(SESSIONS);
    List<Integer> leastAtTheEnd = Collections.synchronizedList(new ArrayList<>());
    SplitModel model = SmallModel.split();
    together(
        number -> {
          try (Session session = model.newSession();
              Decoding decoding = new SequentialDecoding(Sampling.GREEDY)) {
            decoding.decode(
                session,
                prompt(number),
                TOKENS,
                Set.of(),
                token -> progress.incrementAndGet(number) > 0);
            leastAtTheEnd.add(IntStream.range(0, SESSIONS).map(progress::get).min().getAsInt());
          }
          return number;
        });
    int least = leastAtTheEnd.get(0);
    assertTrue(least >= TOKENS / 4, "one had " + TOKENS + " tokens when another had " + least);
  }
}
