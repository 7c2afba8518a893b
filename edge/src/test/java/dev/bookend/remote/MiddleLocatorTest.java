package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.remote.AlteringCloud.Alteration;
import dev.bookend.session.Session;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several sessions look for the middle at the same time, on servers that answer, fail or hang. */
@Timeout(120)
class MiddleLocatorTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final Split SPLIT = new Split(1, 1);
  private static final Contract CONTRACT = SPLIT.contract(SmallModel.checkpoint());

  private final List<TritonConnection> connections = new ArrayList<>();
  private Decoder decoder;
  private EmbeddedCloud cloud;

  @BeforeEach
  void start() {
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), FloatType.F32);
    cloud = EmbeddedCloud.start(decoder, CONTRACT);
  }

  @AfterEach
  void stop() {
    connections.forEach(TritonConnection::close);
    cloud.close();
    decoder.close();
  }

  private MiddleLocator locator(Endpoint... servers) {
    for (Endpoint server : servers) {
      connections.add(TritonConnection.open(server, ConnectionOptions.DEFAULT));
    }
    return new MiddleLocator(connections, CONTRACT);
  }

  private static <T> CompletableFuture<T> onThread(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, task -> new Thread(task).start());
  }

  private static List<Integer> decode(Session session) {
    return SequentialDecoding.GREEDY.decode(session, PROMPT, 40, Set.of(), token -> true).tokens();
  }

  /**
   * One session's stream breaks and it turns to the next server, which hangs. The other session's
   * stream is sound, and it must get all its tokens meanwhile.
   */
  @Test
  void aFailoverToAServerThatHangsDoesNotStopAHealthySession() throws Exception {
    AtomicBoolean breaks = new AtomicBoolean();
    Alteration alteration =
        Alteration.NONE.withAnswer(
            answer -> {
              if (breaks.getAndSet(false)) {
                throw Status.UNAVAILABLE.asRuntimeException();
              }
              return answer;
            });
    try (SilentServer silent = new SilentServer();
        AlteringCloud front = new AlteringCloud(cloud, alteration);
        SplitModel model =
            SplitModel.open(
                SmallModel.checkpoint(),
                SplitOptions.DEFAULT
                    .withSplit(SPLIT)
                    .withCloud(CloudAddress.of(front.endpoint(), silent.endpoint())));
        Session failing = model.newSession();
        Session healthy = model.newSession()) {
      failing.prefill(PROMPT);
      healthy.prefill(PROMPT);
      breaks.set(true);
      CompletableFuture<List<Integer>> late = onThread(() -> decode(failing));
      try {
        silent.awaitConnection();
        List<Integer> tokens = onThread(() -> decode(healthy)).get(30, TimeUnit.SECONDS);
        assertEquals(SmallModel.greedy(PROMPT, 40), tokens);
        assertEquals(0, healthy.stats().reconnects());
        assertFalse(late.isDone(), "the server that hangs has answered");
      } finally {
        silent.hangUp();
      }
      assertEquals(SmallModel.greedy(PROMPT, 40), late.get());
    }
  }

  @Test
  void aFailureThatSeveralSessionsReportCountsOnce() {
    try (EmbeddedCloud second = EmbeddedCloud.start(decoder, CONTRACT)) {
      MiddleLocator locator = locator(cloud.endpoint(), second.endpoint());
      LocatedMiddle first = locator.locate();
      assertEquals(0, first.server());
      locator.lost(first);
      locator.lost(first);
      LocatedMiddle next = locator.locate();
      assertEquals(1, next.server());
      locator.lost(first);
      assertSame(next, locator.locate());
    }
  }

  @Test
  void anEarlierFindingOfTheSameServerIsNotTheLaterOne() {
    MiddleLocator locator = locator(cloud.endpoint());
    LocatedMiddle first = locator.locate();
    locator.lost(first);
    LocatedMiddle second = locator.locate();
    assertNotSame(first, second);
    locator.lost(first);
    assertSame(second, locator.locate());
  }

  @Test
  void whatTheMiddleAllowsIsKnownWhileItIsLost() throws Exception {
    try (SilentServer silent = new SilentServer()) {
      MiddleLocator locator = locator(cloud.endpoint(), silent.endpoint());
      ServedMiddle served = locator.served();
      locator.lost(locator.locate());
      CompletableFuture<LocatedMiddle> late = onThread(locator::locate);
      silent.awaitConnection();
      assertSame(served, locator.served());
      assertFalse(late.isDone());
      silent.hangUp();
      assertEquals(0, late.get().server(), "the server after the one that hung up is the first");
    }
  }

  @Test
  void allWhoSearchAtTheSameTimeShareOneSearch() throws Exception {
    int searchers = 4;
    CountDownLatch begun = new CountDownLatch(searchers);
    AtomicInteger asked = new AtomicInteger();
    Alteration alteration =
        Alteration.NONE.withConfig(
            config -> {
              asked.incrementAndGet();
              try {
                begun.await();
              } catch (InterruptedException e) {
                throw Status.CANCELLED.asRuntimeException();
              }
              return config;
            });
    try (AlteringCloud front = new AlteringCloud(cloud, alteration)) {
      MiddleLocator locator = locator(front.endpoint());
      List<CompletableFuture<LocatedMiddle>> found = new ArrayList<>();
      for (int i = 0; i < searchers; i++) {
        found.add(
            onThread(
                () -> {
                  begun.countDown();
                  return locator.locate();
                }));
      }
      for (CompletableFuture<LocatedMiddle> one : found) {
        assertSame(found.get(0).get(), one.get());
      }
      assertEquals(1, asked.get());
    }
  }

  @Test
  void aSearchOutlivesTheInterruptionOfOneWhoWaitsForIt() throws Exception {
    try (SilentServer silent = new SilentServer()) {
      MiddleLocator locator = locator(silent.endpoint(), cloud.endpoint());
      AtomicBoolean interrupted = new AtomicBoolean();
      AtomicReference<TritonException> failure = new AtomicReference<>();
      Thread impatient =
          new Thread(
              () -> {
                failure.set(assertThrows(TritonException.class, locator::locate));
                interrupted.set(Thread.currentThread().isInterrupted());
              });
      impatient.start();
      silent.awaitConnection();
      CompletableFuture<LocatedMiddle> patient = onThread(locator::locate);
      impatient.interrupt();
      impatient.join();
      assertEquals(TritonException.Kind.CANCELLED, failure.get().kind());
      assertTrue(interrupted.get());
      assertFalse(patient.isDone());
      silent.hangUp();
      assertEquals(1, patient.get().server());
    }
  }
}
