package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.google.common.util.concurrent.Uninterruptibles;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.link.EmulatedLink;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
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
import dev.bookend.triton.proto.ModelParameter;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
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
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
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
    return new MiddleLocator(connections, CONTRACT, CloudListener.NONE);
  }

  private MiddleLocator hasty(Duration limit, Endpoint server) {
    connections.add(TritonConnection.open(server, ConnectionOptions.DEFAULT));
    return new MiddleLocator(connections, CONTRACT, CloudListener.NONE, limit);
  }

  private static <T> T waitingFor(CountDownLatch latch, T message) {
    Uninterruptibles.awaitUninterruptibly(latch);
    return message;
  }

  private static EmulatedLink link(EmbeddedCloud to, String profile) {
    return link(to.endpoint(), profile);
  }

  private static EmulatedLink link(Endpoint to, String profile) {
    return EmulatedLink.open(
        new InetSocketAddress(to.host(), to.port()), LinkProfile.parse(profile));
  }

  private static Endpoint endpoint(EmulatedLink link) {
    return new Endpoint(link.address().getHostString(), link.address().getPort(), false);
  }

  private static <T> CompletableFuture<T> onThread(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, task -> new Thread(task).start());
  }

  private static List<Integer> decode(Session session) {
    return SequentialDecoding.GREEDY.decode(session, PROMPT, 40, Set.of(), token -> true).tokens();
  }

  /** Neither the session that looks for another server nor the one that does not waits for it. */
  @Test
  void aServerThatHangsHoldsNobodyUp() throws Exception {
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
                    .withCloud(CloudAddress.of(silent.endpoint(), front.endpoint())));
        Session failing = model.newSession();
        Session healthy = model.newSession()) {
      failing.prefill(PROMPT);
      healthy.prefill(PROMPT);
      breaks.set(true);
      assertEquals(SmallModel.greedy(PROMPT, 40), decode(failing));
      assertEquals(SmallModel.greedy(PROMPT, 40), decode(healthy));
      assertEquals(1, failing.stats().reconnects());
      assertEquals(0, healthy.stats().reconnects());
      assertEquals(front.endpoint().toString(), failing.server());
    }
  }

  @Test
  void aMuteServerIsGivenUpWithAWordOnWhatWasAwaited() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Alteration mute = Alteration.NONE.withIndex(index -> waitingFor(never, index));
    try (AlteringCloud front = new AlteringCloud(cloud, mute)) {
      MiddleLocator locator = hasty(Duration.ofSeconds(1), front.endpoint());
      TritonException failure = assertThrows(TritonException.class, locator::locate);
      assertEquals(TritonException.Kind.DEADLINE, failure.kind());
      assertTrue(failure.getMessage().contains("the list of its models"), failure.getMessage());
    } finally {
      never.countDown();
    }
    Duration all = MiddleLocator.SEARCH_LIMIT.plusSeconds(2); // a pause and the least second try
    assertTrue(all.compareTo(Duration.ofSeconds(15)) < 0);
  }

  /** Each call is in time, but there are a thousand of them. */
  @Test
  void aServerThatListsModelsWithoutEndIsGivenUp() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Alteration dripping =
        Alteration.NONE
            .withIndex(
                index -> {
                  var all = index.toBuilder();
                  for (int i = 0; i < 1000; i++) {
                    all.addModels(0, index.getModels(0));
                  }
                  return all.build();
                })
            .withConfig(
                config -> {
                  asked.incrementAndGet();
                  var other = config.toBuilder();
                  other.getConfigBuilder().clearParameters();
                  LockSupport.parkNanos(50_000_000);
                  return other.build();
                });
    try (AlteringCloud front = new AlteringCloud(cloud, dripping)) {
      MiddleLocator locator = hasty(Duration.ofSeconds(1), front.endpoint());
      TritonException failure = assertThrows(TritonException.class, locator::locate);
      assertEquals(TritonException.Kind.DEADLINE, failure.kind());
      assertTrue(asked.get() < 100, "asked for " + asked);
    }
  }

  @Test
  void aServerThatIsJustStartingIsAskedTwice() throws Exception {
    int port = cloud.endpoint().port();
    Endpoint endpoint = cloud.endpoint();
    cloud.close();
    List<CloudEvent> events = Collections.synchronizedList(new ArrayList<>());
    connections.add(TritonConnection.open(endpoint, ConnectionOptions.DEFAULT));
    MiddleLocator locator =
        new MiddleLocator(
            connections,
            CONTRACT,
            event -> {
              events.add(event);
              if (events.size() == 3) { // the second search begins
                cloud = EmbeddedCloud.start(decoder, CONTRACT, EmbeddedCloud.Limits.DEFAULT, port);
              }
            });
    assertEquals(endpoint.toString(), locator.locate().name());
    assertEquals(
        List.of(
            new CloudEvent.Searching(List.of(endpoint.toString())),
            new CloudEvent.SearchEnded(Optional.empty()),
            new CloudEvent.Searching(List.of(endpoint.toString())),
            new CloudEvent.SearchEnded(Optional.of(endpoint.toString()))),
        events);
  }

  @Test
  void theFasterServerIsChosenWhateverTheOrder() {
    try (EmulatedLink slow = link(cloud, "rtt=80ms");
        EmbeddedCloud near = EmbeddedCloud.start(decoder, CONTRACT)) {
      MiddleLocator locator = locator(endpoint(slow), near.endpoint());
      for (int session = 0; session < 3; session++) {
        LocatedMiddle middle = locator.locate();
        assertEquals(1, middle.server());
        locator.entered(middle);
      }
    }
  }

  @Test
  void sessionsAreSpreadOverServersThatAreAlike() {
    try (EmbeddedCloud second = EmbeddedCloud.start(decoder, CONTRACT);
        EmulatedLink one = link(cloud, "rtt=200ms");
        EmulatedLink other = link(second, "rtt=200ms")) {
      MiddleLocator locator = locator(endpoint(one), endpoint(other));
      int[] sessions = new int[2];
      for (int session = 0; session < 6; session++) {
        LocatedMiddle middle = locator.locate();
        locator.entered(middle);
        sessions[middle.server()]++;
      }
      assertEquals("[3, 3]", Arrays.toString(sessions));
    }
  }

  /** Another precision would change the text without a word. */
  @Test
  void aMiddleOfAnotherPrecisionDoesNotTakeOver() throws Exception {
    Alteration int8 =
        Alteration.NONE.withConfig(
            config -> {
              var changed = config.toBuilder();
              changed
                  .getConfigBuilder()
                  .putParameters(
                      Contract.PRECISION,
                      ModelParameter.newBuilder().setStringValue("int8/fp32").build());
              return changed.build();
            });
    List<CloudEvent> events = Collections.synchronizedList(new ArrayList<>());
    try (EmbeddedCloud second = EmbeddedCloud.start(decoder, CONTRACT);
        AlteringCloud front = new AlteringCloud(second, int8);
        EmulatedLink far = link(front.endpoint(), "rtt=60ms")) {
      for (Endpoint server : List.of(cloud.endpoint(), endpoint(far))) {
        connections.add(TritonConnection.open(server, ConnectionOptions.DEFAULT));
      }
      MiddleLocator locator = new MiddleLocator(connections, CONTRACT, events::add);
      LocatedMiddle middle = locator.locate();
      assertEquals(0, middle.server());
      cloud.close();
      locator.lost(middle);
      assertThrows(TritonException.class, locator::locate);
      String reason =
          events.stream()
              .filter(CloudEvent.PassedOver.class::isInstance)
              .map(event -> ((CloudEvent.PassedOver) event).reason())
              .findFirst()
              .orElseThrow();
      assertTrue(reason.contains("precision fp32") && reason.contains("int8/fp32"), reason);
    }
  }

  @Test
  void aFailureThatSeveralSessionsReportCountsOnce() {
    try (EmbeddedCloud second = EmbeddedCloud.start(decoder, CONTRACT)) {
      MiddleLocator locator = locator(cloud.endpoint(), second.endpoint());
      LocatedMiddle first = locator.locate();
      locator.lost(first);
      locator.lost(first);
      LocatedMiddle next = locator.locate();
      assertEquals(1 - first.server(), next.server());
      locator.lost(first);
      assertSame(next, locator.locate());
    }
  }

  /** Also where the other one is not known yet, or slower; and it gets its turn again. */
  @Test
  void aServerThatHasFailedRestsThoughItIsTheFastest() {
    try (EmbeddedCloud second = EmbeddedCloud.start(decoder, CONTRACT);
        EmulatedLink far = link(second, "rtt=150ms")) {
      MiddleLocator locator = locator(cloud.endpoint(), endpoint(far));
      LocatedMiddle first = locator.locate();
      assertEquals(0, first.server());
      locator.lost(first);
      assertEquals(1, locator.locate().server());
      LocatedMiddle next = locator.locate();
      while (next.server() == 1) { // until it has rested for a second, and is found again
        Uninterruptibles.sleepUninterruptibly(Duration.ofMillis(50));
        next = locator.locate();
      }
      assertNotSame(first, next);
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
    CountDownLatch released = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    Alteration alteration =
        Alteration.NONE.withConfig(
            config -> asked.incrementAndGet() == 1 ? config : waitingFor(released, config));
    try (AlteringCloud front = new AlteringCloud(cloud, alteration)) {
      MiddleLocator locator = locator(front.endpoint());
      ServedMiddle served = locator.served();
      locator.lost(locator.locate());
      CompletableFuture<LocatedMiddle> late = onThread(locator::locate);
      assertSame(served, locator.served());
      assertFalse(late.isDone());
      released.countDown();
      assertEquals(0, late.get().server());
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
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    Alteration alteration =
        Alteration.NONE.withConfig(
            config -> {
              asked.countDown();
              return waitingFor(released, config);
            });
    try (AlteringCloud front = new AlteringCloud(cloud, alteration)) {
      MiddleLocator locator = locator(front.endpoint());
      AtomicBoolean interrupted = new AtomicBoolean();
      AtomicReference<TritonException> failure = new AtomicReference<>();
      Thread impatient =
          new Thread(
              () -> {
                failure.set(assertThrows(TritonException.class, locator::locate));
                interrupted.set(Thread.currentThread().isInterrupted());
              });
      impatient.start();
      asked.await();
      CompletableFuture<LocatedMiddle> patient = onThread(locator::locate);
      impatient.interrupt();
      impatient.join();
      assertEquals(TritonException.Kind.CANCELLED, failure.get().kind());
      assertTrue(interrupted.get());
      assertFalse(patient.isDone());
      released.countDown();
      assertEquals(0, patient.get().server());
    }
  }
}
