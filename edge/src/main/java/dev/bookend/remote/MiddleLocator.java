package dev.bookend.remote;

import dev.bookend.model.contract.Contract;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * Finds the middle of the model on several servers: on each the first model whose stated contract
 * fits this edge. All servers are asked at the same time, each for as long as {@link #SEARCH_LIMIT}
 * at most. Of those that have it, a session gets the fastest by the round trip measured meanwhile,
 * and of those that are about as fast the one with the fewest sessions of this edge. A server that
 * has failed a session rests for a while, the longer the more often it has failed, unless there is
 * no other.
 *
 * <p>All middles in use compute with the same precision, for another precision is another model:
 * that of the first one found counts.
 *
 * <p>Safe for use by several threads. At most one search of a server is under way, on a thread of
 * its own; those who need its result wait for it, and all others go on. No lock is held while a
 * server is asked.
 */
public final class MiddleLocator {
  /** The longest search of one server, however many models it lists and however slowly. */
  public static final Duration SEARCH_LIMIT = Duration.ofSeconds(12);

  private static final Duration LEAST_SEARCH = Duration.ofSeconds(1);
  private static final int SECOND_TRY_PAUSE_PART = 12; // of the limit: a second
  private static final Duration FIRST_REST = Duration.ofSeconds(1);
  private static final int LONGEST_REST_DOUBLINGS = 6;

  // Once a server has answered, others get as long again to show that they are faster.
  private static final long LEAST_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long MOST_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  // Round trips that differ by no more than that, or by half, are alike.
  private static final long ALIKE_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  private final Contract contract;
  private final CloudListener listener;
  private final Duration searchLimit;

  private final Object lock = new Object(); // guards the fields below, never a call to a server
  private final List<Server> servers = new ArrayList<>();
  private LocatedMiddle current; // the last one chosen; null until the first search has found one

  /** What is known of a server; guarded by the lock. */
  private static final class Server {
    private final int index;
    private final TritonConnection connection;
    private LocatedMiddle middle; // null: not found yet, or lost
    private int failures; // since it was last found and answered
    private long restUntil;
    private int sessions;
    private CompletableFuture<LocatedMiddle> search; // null while none is under way

    Server(int index, TritonConnection connection) {
      this.index = index;
      this.connection = connection;
    }

    boolean rests() {
      return failures > 0 && System.nanoTime() - restUntil < 0;
    }
  }

  /**
   * @param connections to the servers; at least one
   */
  public MiddleLocator(
      List<TritonConnection> connections, Contract contract, CloudListener listener) {
    this(connections, contract, listener, SEARCH_LIMIT);
  }

  /**
   * @param connections to the servers; at least one
   * @param searchLimit the longest search of one server, where that is less than {@link
   *     #SEARCH_LIMIT}
   */
  public MiddleLocator(
      List<TritonConnection> connections,
      Contract contract,
      CloudListener listener,
      Duration searchLimit) {
    this.contract = contract;
    this.listener = listener;
    this.searchLimit = searchLimit.compareTo(SEARCH_LIMIT) < 0 ? searchLimit : SEARCH_LIMIT;
    for (TritonConnection connection : connections) {
      servers.add(new Server(servers.size(), connection));
    }
  }

  /** How many servers there are. */
  int size() {
    return servers.size();
  }

  /** Tells whoever listens. A listener that fails must not fail a session. */
  void tell(CloudEvent event) {
    try {
      listener.onEvent(event);
    } catch (RuntimeException e) {
      System.getLogger(MiddleLocator.class.getName())
          .log(System.Logger.Level.WARNING, "a listener to the cloud has failed", e);
    }
  }

  /**
   * The middle on the server in use or, while that is lost, on the last one that was. Searches the
   * first time, and never waits after that.
   *
   * @throws CloudException if no server can be reached, or none has a middle for this model and
   *     split
   */
  public ServedMiddle served() {
    return CloudException.crossing(() -> last().served());
  }

  /** The middle that was chosen last; searches only if there is none. */
  LocatedMiddle last() {
    synchronized (lock) {
      if (current != null) {
        return current;
      }
    }
    return locate();
  }

  /** The middles that are in use, and the one that was chosen last. */
  List<LocatedMiddle> inUse() {
    LocatedMiddle last = last();
    synchronized (lock) {
      List<LocatedMiddle> all = new ArrayList<>(List.of(last));
      for (Server server : servers) {
        if (server.sessions > 0 && server.middle != null && server.index != last.server()) {
          all.add(server.middle);
        }
      }
      return all;
    }
  }

  /**
   * The middle for a session that begins, on a server that is ready; searches if none is.
   *
   * @throws TritonException if no server can be reached; of kind MODEL_UNAVAILABLE if none has the
   *     middle that was in use before, for it may be loaded again; of kind CANCELLED if this thread
   *     is interrupted
   * @throws DisagreementException as {@link #served}, the first time
   */
  LocatedMiddle locate() {
    Optional<LocatedMiddle> ready;
    boolean first;
    synchronized (lock) {
      first = current == null;
      if (!first) {
        searchAgain();
      }
      ready = choose();
    }
    if (ready.isPresent()) {
      return ready.get();
    }
    if (!first) {
      return search(searchLimit, false);
    }
    long start = System.nanoTime();
    try {
      return search(searchLimit, true);
    } catch (TritonException e) {
      if (!RetryPolicy.mayPass(e)) {
        throw e;
      }
      // It may just be starting. One that is mute has had its time: the second try gets what is
      // left.
      pause();
      Duration left = searchLimit.minusNanos(System.nanoTime() - start);
      return search(left.compareTo(LEAST_SEARCH) < 0 ? LEAST_SEARCH : left, true);
    }
  }

  private void pause() {
    try {
      TimeUnit.NANOSECONDS.sleep(searchLimit.toNanos() / SECOND_TRY_PAUSE_PART);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static TritonException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new TritonException(
        TritonException.Kind.CANCELLED, "interrupted while looking for the middle layers", e);
  }

  /** Looks, on other threads, at the servers that have rested. */
  private void searchAgain() {
    for (Server server : servers) {
      if (server.middle == null && server.search == null && !server.rests()) {
        begin(server, searchLimit);
      }
    }
  }

  /** The best of the servers that are ready. */
  private Optional<LocatedMiddle> choose() {
    List<Server> ready = servers.stream().filter(server -> server.middle != null).toList();
    if (current != null) {
      String arithmetic = current.served().arithmetic();
      ready =
          ready.stream()
              .filter(server -> server.middle.served().arithmetic().equals(arithmetic))
              .toList();
    }
    if (ready.isEmpty()) {
      return Optional.empty();
    }
    List<Server> rested = ready.stream().filter(server -> !server.rests()).toList();
    if (!rested.isEmpty()) {
      ready = rested;
    }
    long fastest = ready.stream().mapToLong(MiddleLocator::roundTrip).min().getAsLong();
    Predicate<Server> alike =
        server -> roundTrip(server) <= fastest + Math.max(fastest / 2, ALIKE_NANOS);
    Server best =
        ready.stream()
            .filter(alike)
            .min(Comparator.comparingInt(server -> server.sessions))
            .orElseThrow();
    current = best.middle;
    return Optional.of(current);
  }

  private static long roundTrip(Server server) {
    return server.middle.pace().roundTripNanos();
  }

  /** Asks all servers, and waits until one that has the middle can be chosen. */
  private LocatedMiddle search(Duration limit, boolean first) {
    tell(new CloudEvent.Searching(names()));
    long start = System.nanoTime();
    List<CompletableFuture<LocatedMiddle>> searches = new ArrayList<>();
    synchronized (lock) {
      for (Server server : servers) {
        if (server.search == null) {
          begin(server, limit);
        }
        searches.add(server.search);
      }
    }
    CompletableFuture<Void> all =
        CompletableFuture.allOf(searches.toArray(CompletableFuture[]::new));
    CompletableFuture<Void> one = new CompletableFuture<>();
    for (CompletableFuture<LocatedMiddle> search : searches) {
      CompletableFuture<Void> unused = search.thenAccept(found -> found(found, one));
    }
    try {
      await(CompletableFuture.anyOf(all, one), Long.MAX_VALUE);
      long grace = System.nanoTime() - start;
      await(all, Math.max(LEAST_GRACE_NANOS, Math.min(MOST_GRACE_NANOS, grace)));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    Optional<LocatedMiddle> found;
    synchronized (lock) {
      found = choose();
    }
    tell(new CloudEvent.SearchEnded(found.map(LocatedMiddle::name)));
    return found.orElseThrow(() -> worst(searches, first));
  }

  /** One that rests is there again, but another one is better: it gets a moment to be found. */
  private void found(LocatedMiddle middle, CompletableFuture<Void> one) {
    boolean rests;
    synchronized (lock) {
      rests = servers.get(middle.server()).rests();
    }
    if (rests) {
      one.completeOnTimeout(null, FIRST_REST.toNanos(), TimeUnit.NANOSECONDS);
    } else {
      one.complete(null);
    }
  }

  /** Waits for the end, be it good or bad. */
  private static void await(CompletableFuture<?> end, long nanos) throws InterruptedException {
    try {
      end.get(nanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // Who waits looks at what there is.
    }
  }

  /**
   * Why no server has the middle. In the first search of all a middle that fits nowhere is a
   * mistake. In a later one it has been there, and may come back.
   */
  private RuntimeException worst(List<CompletableFuture<LocatedMiddle>> searches, boolean first) {
    RuntimeException failure = null;
    for (CompletableFuture<LocatedMiddle> search : searches) {
      RuntimeException e = failure(search);
      // Of several failures, one that may pass is the one to tell.
      failure = failure == null || rank(e) > rank(failure) ? e : failure;
    }
    return first || !(failure instanceof DisagreementException) ? failure : away(failure);
  }

  private static RuntimeException failure(CompletableFuture<LocatedMiddle> search) {
    try {
      LocatedMiddle found = search.join();
      return new TritonException(
          TritonException.Kind.UNREACHABLE, found.name() + ": lost again", null);
    } catch (CompletionException e) {
      return e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
  }

  private static int rank(RuntimeException e) {
    if (e instanceof TritonException triton) {
      return RetryPolicy.mayPass(triton) ? 2 : 1;
    }
    return 0;
  }

  private static TritonException away(RuntimeException failure) {
    return new TritonException(
        TritonException.Kind.MODEL_UNAVAILABLE,
        "the middle in use is no longer served, and has not come back: " + failure.getMessage(),
        failure);
  }

  private List<String> names() {
    return servers.stream().map(server -> server.connection.name()).toList();
  }

  /** Begins to search a server; the lock is held. */
  private void begin(Server server, Duration limit) {
    CompletableFuture<LocatedMiddle> result = new CompletableFuture<>();
    server.search = result;
    Thread thread = new Thread(() -> search(server, limit, result), "bookend-locate");
    thread.setDaemon(true);
    thread.start();
  }

  private void search(Server server, Duration limit, CompletableFuture<LocatedMiddle> result) {
    LocatedMiddle found = null;
    Throwable failure = null;
    try {
      Optional<ServedMiddle> like = inUseNow();
      found = find(server, like, limit);
      if (like.isEmpty() && inUseNow().isPresent()) { // another server was faster
        found = find(server, inUseNow(), limit);
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    synchronized (lock) {
      server.search = null;
      server.middle = found;
      if (found == null) {
        rest(server);
      }
    }
    if (found == null) {
      result.completeExceptionally(failure);
    } else {
      result.complete(found);
    }
  }

  private Optional<ServedMiddle> inUseNow() {
    synchronized (lock) {
      return Optional.ofNullable(current).map(LocatedMiddle::served);
    }
  }

  private LocatedMiddle find(Server server, Optional<ServedMiddle> like, Duration limit) {
    TritonConnection connection = server.connection;
    ServerMiddles middles = new ServerMiddles(connection.within(limit));
    try {
      ServedMiddle served = middles.find(contract, like);
      ServerPace pace = new ServerPace(middles.fastestCallNanos());
      return new LocatedMiddle(server.index, connection, served, contract.hiddenSize(), pace);
    } catch (DisagreementException e) {
      if (servers.size() > 1) {
        tell(new CloudEvent.PassedOver(connection.name(), e.getMessage()));
      }
      throw e;
    }
  }

  private static void rest(Server server) {
    long doublings = Math.min(server.failures, LONGEST_REST_DOUBLINGS);
    server.failures++;
    server.restUntil = System.nanoTime() + (FIRST_REST.toNanos() << doublings);
  }

  /** A session begins there; it tells when it ends with {@link #left}. */
  void entered(LocatedMiddle middle) {
    synchronized (lock) {
      servers.get(middle.server()).sessions++;
    }
  }

  /** A session has ended there. */
  void left(LocatedMiddle middle) {
    synchronized (lock) {
      servers.get(middle.server()).sessions--;
    }
  }

  /** A middle has answered a session. */
  void worked(LocatedMiddle middle) {
    synchronized (lock) {
      servers.get(middle.server()).failures = 0;
    }
  }

  /**
   * Tells that a middle has failed a session. Of several sessions that it has failed, only the
   * first one's word counts.
   */
  void lost(LocatedMiddle failed) {
    synchronized (lock) {
      Server server = servers.get(failed.server());
      if (server.middle == failed) {
        server.middle = null;
        rest(server);
      }
    }
  }
}
