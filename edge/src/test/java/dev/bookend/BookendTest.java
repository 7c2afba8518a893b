package dev.bookend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.decoding.RoundTrip;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.remote.AlteringCloud;
import dev.bookend.remote.AlteringCloud.Alteration;
import dev.bookend.remote.CloudAddress;
import dev.bookend.split.Split;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallTextModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The front door on a small random model, over the embedded cloud's real gRPC connection. */
class BookendTest {
  private static final SplitOptions SPLIT = SplitOptions.DEFAULT.withSplit(new Split(1, 1));
  private static final Bookend ONE_BY_ONE = open(1, Duration.ofMinutes(5));

  private static Bookend open(int sessions, Duration idle) {
    return open(SPLIT, sessions, idle);
  }

  private static Bookend open(SplitOptions split, int sessions, Duration idle) {
    BookendOptions options =
        BookendOptions.of("small").withSplit(split).withSessions(new SessionLimits(sessions, idle));
    return Bookend.of(TextModel.open(SmallTextModel.checkpoint(), split), options);
  }

  @AfterAll
  static void close() {
    ONE_BY_ONE.close();
  }

  /** Half of them share a long beginning, half do not. */
  private static CompletionRequest request(int i) {
    List<Message> messages =
        i % 2 == 0
            ? List.of(
                new Message(Role.SYSTEM, "You are a helpful assistant who knows rivers well."),
                new Message(Role.USER, "question " + i))
            : List.of(new Message(Role.USER, i + " is another question"));
    CompletionRequest request = CompletionRequest.chat(messages).withMaxTokens(20);
    return i % 5 == 0 ? request.withSampling(new Sampling(0.9, 0, 1, i)) : request;
  }

  @Test
  void fiftyAnswersOnFourThreadsAreThoseOfOneByOne() throws Exception {
    List<String> expected =
        IntStream.range(0, 50).mapToObj(i -> ONE_BY_ONE.complete(request(i)).text()).toList();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Bookend bookend = open(4, Duration.ofMinutes(5))) {
      List<Future<Completion>> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        CompletionRequest request = request(i);
        answers.add(threads.submit(() -> bookend.complete(request)));
      }
      for (int i = 0; i < 50; i++) {
        assertEquals(expected.get(i), answers.get(i).get().text(), "answer " + i);
      }
      assertTrue(bookend.sessions() <= 4);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void afterCloseNoPlaceOnTheServerIsTaken() throws Exception {
    try (var checkpoint = SmallTextModel.checkpoint();
        Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
        EmbeddedCloud server =
            EmbeddedCloud.start(
                decoder,
                SPLIT.split().contract(checkpoint),
                new EmbeddedCloud.Limits(2, Duration.ofMinutes(10)),
                0)) {
      SplitOptions split = SPLIT.withCloud(CloudAddress.parse(server.endpoint().toString()));
      for (int round = 0; round < 3; round++) {
        // Were one of the server's two places still taken, one of the two answers would wait.
        try (Bookend bookend = open(split, 2, Duration.ofMinutes(5))) {
          RunningCompletion other = bookend.start(request(1), CompletionListener.NONE);
          bookend.complete(request(2));
          assertEquals(20, other.result().get(60, TimeUnit.SECONDS).tokens().size());
        }
      }
    }
  }

  @Test
  void theNextQuestionOfAConversationRunsOnlyWhatIsNew() {
    try (Bookend bookend = open(4, Duration.ofMinutes(5))) {
      CompletionRequest first = request(2);
      Completion answer = bookend.complete(first);
      Completion other = bookend.complete(request(1));
      Completion next = bookend.complete(first.followedBy(answer, "and then?"));
      assertEquals(answer.promptTokens().size(), answer.metrics().counts().prefilledTokens());
      assertEquals(other.promptTokens().size(), other.metrics().counts().prefilledTokens());
      assertTrue(
          next.metrics().counts().prefilledTokens()
              <= next.promptTokens().size() - answer.promptTokens().size(),
          next.metrics() + " of " + next.promptTokens().size());
      assertEquals(2, bookend.sessions());
    }
  }

  @Test
  void idleSessionsAreClosed() throws Exception {
    try (Bookend bookend = open(4, Duration.ofMillis(20))) {
      bookend.complete(request(1));
      for (int i = 0; i < 500 && bookend.sessions() > 0; i++) {
        Thread.sleep(10);
      }
      assertEquals(0, bookend.sessions());
    }
  }

  @Test
  void piecesJoinedAreTheText() {
    StringBuilder told = new StringBuilder();
    Completion completion = ONE_BY_ONE.complete(request(3), piece -> told.append(piece.text()));
    assertEquals(completion.text(), told.toString());
    assertEquals(FinishReason.LENGTH, completion.finishReason());
  }

  @Test
  void aStopStringEndsTheAnswerBeforeIt() {
    String whole = ONE_BY_ONE.complete(request(3)).text();
    String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 2);
    Completion completion = ONE_BY_ONE.complete(request(3).withStop(List.of(stop)));
    assertEquals(whole.substring(0, whole.indexOf(stop)), completion.text());
    assertEquals(FinishReason.STOP, completion.finishReason());
  }

  @Test
  void logProbabilitiesComeWithEachToken() {
    List<TokenLogProbability> told = new ArrayList<>();
    Completion completion =
        ONE_BY_ONE.complete(
            request(3).withLogProbabilities(4), piece -> told.addAll(piece.logProbabilities()));
    assertEquals(completion.logProbabilities(), told);
    assertEquals(completion.tokens(), told.stream().map(TokenLogProbability::token).toList());
    for (TokenLogProbability token : told) {
      assertEquals(4, token.top().size());
      // Greedy: the chosen token is the most probable one.
      assertEquals(token.token(), token.top().get(0).token());
      assertEquals(token.logProbability(), token.top().get(0).logProbability(), 1e-5);
      assertTrue(token.logProbability() <= 0);
    }
    assertTrue(ONE_BY_ONE.complete(request(3)).logProbabilities().isEmpty());
  }

  @Test
  void eachRoundTripIsToldWithItsTokensAndWhoProposedThem() {
    List<RoundTrip> told = new ArrayList<>();
    Completion completion =
        ONE_BY_ONE.complete(
            request(3),
            new CompletionListener() {
              @Override
              public void onPiece(Piece piece) {}

              @Override
              public void onRoundTrip(RoundTrip roundTrip) {
                told.add(roundTrip);
              }
            });
    List<RoundTrip.Token> tokens =
        told.stream().flatMap(roundTrip -> roundTrip.tokens().stream()).toList();
    List<Integer> all = completion.tokens();
    assertEquals(all.subList(1, all.size()), tokens.stream().map(RoundTrip.Token::id).toList());
    assertEquals(completion.metrics().counts().roundTrips(), told.size());
    assertEquals(
        completion.metrics().counts().sentTokens(),
        told.stream().mapToInt(RoundTrip::sentTokens).sum());
    long proposed = tokens.stream().filter(token -> !token.drafters().isEmpty()).count();
    assertEquals(completion.metrics().counts().acceptedTokens() - told.size(), proposed);
  }

  @Test
  void aCancelledAnswerSaysWhatItHasAndLeavesTheSessionUsable() throws Exception {
    try (Bookend bookend = open(1, Duration.ofMinutes(5))) {
      CompletionRequest request = request(3).withMaxTokens(400);
      CountDownLatch begun = new CountDownLatch(3);
      CountDownLatch cancelled = new CountDownLatch(1);
      RunningCompletion running =
          bookend.start(
              request,
              piece -> {
                begun.countDown();
                if (begun.getCount() == 0) {
                  awaitUninterruptibly(cancelled);
                }
              });
      assertTrue(begun.await(60, TimeUnit.SECONDS));
      running.cancel();
      cancelled.countDown();
      Completion completion = running.result().get(60, TimeUnit.SECONDS);
      assertEquals(FinishReason.INTERRUPTED, completion.finishReason());
      assertTrue(completion.tokens().size() < 400);
      String whole = ONE_BY_ONE.complete(request).text();
      assertTrue(whole.startsWith(completion.text()));
      assertEquals(whole, bookend.complete(request).text());
      assertEquals(1, bookend.sessions());
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aListenerThatThrowsEndsTheAnswerAndNothingElse() {
    try (Bookend bookend = open(1, Duration.ofMinutes(5))) {
      IllegalStateException thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  bookend.complete(
                      request(3),
                      piece -> {
                        throw new IllegalStateException("enough");
                      }));
      assertEquals("enough", thrown.getMessage());
      assertFalse(bookend.complete(request(3)).text().isEmpty());
    }
  }

  @Test
  void whatIsCancelledBeforeItBeginsDoesNotWaitForASession() {
    Cancellation cancellation = new Cancellation();
    cancellation.cancel();
    Completion completion = ONE_BY_ONE.complete(request(3), CompletionListener.NONE, cancellation);
    assertEquals(FinishReason.INTERRUPTED, completion.finishReason());
    assertEquals(List.of(), completion.tokens());
    assertEquals("", completion.text());
  }

  /** The cloud says nothing any more; who cancels still gets what there was. */
  @Test
  void anAnswerThatIsCancelledWhileItWaitsSaysWhatItHas() throws Exception {
    AtomicInteger answers = new AtomicInteger();
    CountDownLatch mute = new CountDownLatch(1);
    CountDownLatch hangs = new CountDownLatch(1);
    Alteration hanging =
        Alteration.NONE.withAnswer(
            answer -> {
              if (answers.incrementAndGet() > 3) {
                hangs.countDown();
                awaitUninterruptibly(mute);
              }
              return answer;
            });
    try (var checkpoint = SmallTextModel.checkpoint();
        Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
        EmbeddedCloud cloud = EmbeddedCloud.start(decoder, SPLIT.split().contract(checkpoint));
        AlteringCloud front = new AlteringCloud(cloud, hanging);
        Bookend bookend =
            open(SPLIT.withCloud(CloudAddress.of(front.endpoint())), 1, Duration.ofMinutes(5))) {
      StringBuilder told = new StringBuilder();
      RunningCompletion running =
          bookend.start(request(3).withMaxTokens(400), piece -> told.append(piece.text()));
      assertTrue(hangs.await(60, TimeUnit.SECONDS));
      running.cancel();
      Completion completion = running.result().get(60, TimeUnit.SECONDS);
      assertEquals(FinishReason.INTERRUPTED, completion.finishReason());
      assertFalse(completion.tokens().isEmpty());
      assertEquals(told.toString(), completion.text());
      assertTrue(completion.metrics().counts().requests() > 0);
      assertEquals(front.endpoint().toString(), completion.generation().servedBy());
      mute.countDown();
    }
  }

  @Test
  void oneSessionServesSeveralThreadsInTurn() throws Exception {
    var texts = ConcurrentHashMap.<String>newKeySet();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (Bookend bookend = open(1, Duration.ofMinutes(5))) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        all.add(threads.submit(() -> texts.add(bookend.complete(request(7)).text())));
      }
      for (Future<?> one : all) {
        one.get(60, TimeUnit.SECONDS);
      }
      assertEquals(1, texts.size());
      assertEquals(1, bookend.sessions());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void afterCloseRequestsAreRefused() {
    Bookend bookend = open(1, Duration.ofMinutes(5));
    bookend.complete(request(1));
    bookend.close();
    bookend.close();
    assertThrows(IllegalStateException.class, () -> bookend.complete(request(1)));
    assertThrows(
        IllegalStateException.class, () -> bookend.start(request(1), CompletionListener.NONE));
  }

  @Test
  void anotherFrontDoorDecodesInAnotherWayAndLeavesTheModelOpen() {
    try (Bookend bookend = open(1, Duration.ofMinutes(5))) {
      List<Integer> tokens = bookend.complete(request(2)).tokens();
      try (Bookend sequential = bookend.beside(bookend.options().sequential())) {
        Completion answer = sequential.complete(request(2));
        assertEquals(tokens, answer.tokens());
        assertEquals(1, answer.metrics().counts().tokensPerRoundTrip());
        assertEquals(0, answer.cachedPromptTokens());
        assertEquals(1, sequential.sessions());
      }
      assertEquals(tokens, bookend.complete(request(2)).tokens());
      assertEquals(1, bookend.sessions());
    }
  }

  @Test
  void theTextOfAnAnswerIsSharedOutAmongWhoProposedIt() {
    DraftedText drafted = new DraftedText(ONE_BY_ONE.model());
    List<DraftedText.Part> parts = new ArrayList<>();
    AtomicInteger proposed = new AtomicInteger();
    Completion answer =
        ONE_BY_ONE.complete(
            request(4).withMaxTokens(60),
            new CompletionListener() {
              @Override
              public void onPiece(Piece piece) {
                parts.addAll(drafted.add(piece));
              }

              @Override
              public void onRoundTrip(RoundTrip roundTrip) {
                parts.addAll(drafted.add(roundTrip));
                roundTrip
                    .tokens()
                    .forEach(token -> proposed.addAndGet(token.drafters().isEmpty() ? 0 : 1));
              }
            });
    parts.addAll(drafted.finish());
    assertEquals(
        answer.text(), String.join("", parts.stream().map(DraftedText.Part::text).toList()));
    assertTrue(parts.stream().filter(part -> !part.drafters().isEmpty()).count() <= proposed.get());
  }
}
