package dev.bookend;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.bookend.background.Background;
import dev.bookend.decoding.Decoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.session.Session;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Sessions for several answers at a time. An answer takes the idle session with the longest cached
 * prefix. Where more of what that session holds would be lost than won, a new one is opened if
 * there is room, and otherwise the one that was idle longest is used. Idle sessions are closed
 * after a while.
 *
 * <p>Safe for use by several threads. Nothing that asks the network or computes happens under the
 * lock: sessions are opened and closed outside of it.
 */
final class SessionPool implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(SessionPool.class.getName());

  private final SessionLimits limits;
  private final Function<String, PooledSession> opener;
  private final LongSupplier nanoTime;
  private final Semaphore places;
  private final ScheduledExecutorService housekeeping;
  private final List<Idle> idle = new ArrayList<>(); // the one that was used last comes last
  private final AtomicInteger waiting = new AtomicInteger();
  private int open;
  private boolean closed;

  /**
   * @param opener opens a session that holds no token, for a salt
   * @param nanoTime {@link System#nanoTime}, or a test's clock
   */
  SessionPool(SessionLimits limits, Function<String, PooledSession> opener, LongSupplier nanoTime) {
    this.limits = limits;
    this.opener = opener;
    this.nanoTime = nanoTime;
    this.places = new Semaphore(limits.mostSessions(), true);
    this.housekeeping =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "bookend-idle-sessions");
              thread.setDaemon(true);
              return thread;
            });
    long period = Math.max(1, limits.idleTime().toMillis() / 4);
    ScheduledFuture<?> unused =
        housekeeping.scheduleWithFixedDelay(this::tidy, period, period, TimeUnit.MILLISECONDS);
  }

  /**
   * A session with the decoder that follows its text; both are for one answer at a time.
   *
   * @param salt whose text it and its drafters may hold
   * @param decoding closed before the session
   */
  record PooledSession(String salt, Session session, Decoding decoding) implements AutoCloseable {
    @Override
    public void close() {
      try {
        decoding.close();
      } finally {
        session.close();
      }
    }
  }

  private record Idle(PooledSession pooled, long since) {}

  /**
   * Takes a session for a prompt; waits, in the order of the calls, while all are at work.
   *
   * @param salt only a session of the same one is used again
   * @throws InterruptedException if the thread is interrupted while it waits
   * @throws BookendException of code {@link ErrorCode#TOO_MANY_REQUESTS} if too many wait already
   * @throws IllegalStateException if the pool is closed
   */
  PooledSession take(String salt, int[] prompt) throws InterruptedException {
    acquire();
    try {
      Optional<PooledSession> found = find(salt, prompt);
      if (found.isPresent() && found.get().salt().equals(salt)) {
        return found.get();
      }
      found.ifPresent(this::closeAnothers);
      return openAnother(salt);
    } catch (RuntimeException | Error e) {
      places.release();
      throw e;
    }
  }

  private void acquire() throws InterruptedException {
    if (places.tryAcquire(0, TimeUnit.SECONDS)) { // in turn, unlike without a time
      return;
    }
    if (waiting.incrementAndGet() > limits.mostWaiting()) {
      waiting.decrementAndGet();
      throw new BookendException(
          ErrorCode.TOO_MANY_REQUESTS,
          "all %d sessions are at work, and %d requests wait for one already"
              .formatted(limits.mostSessions(), limits.mostWaiting()));
    }
    try {
      places.acquire();
    } finally {
      waiting.decrementAndGet();
    }
  }

  /** Its place is counted on for the one that takes it. */
  private void closeAnothers(PooledSession pooled) {
    try {
      pooled.close();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "a session could not be closed", e);
    }
  }

  /**
   * An idle session for a prompt, or one of another salt that must make way; empty: there is room
   * for a new one, which is counted already.
   */
  private synchronized Optional<PooledSession> find(String salt, int[] prompt) {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
    Optional<Idle> best =
        idle.stream()
            .filter(one -> one.pooled().salt().equals(salt))
            .max(Comparator.comparingInt(one -> prefix(one.pooled(), prompt)));
    if (best.isEmpty() || !saves(best.get().pooled(), prompt)) {
      // What it holds is worth more to a later request. If there is room, another session is
      // opened; otherwise the one that was idle longest is used.
      best = open < limits.mostSessions() ? Optional.empty() : idle.stream().findFirst();
    }
    best.ifPresentOrElse(idle::remove, () -> open++);
    return best.map(Idle::pooled);
  }

  private static int prefix(PooledSession pooled, int[] prompt) {
    return pooled.session().commonPrefix(prompt);
  }

  private static boolean saves(PooledSession pooled, int[] prompt) {
    int saved = prefix(pooled, prompt);
    return saved >= pooled.session().length() - saved;
  }

  private PooledSession openAnother(String salt) {
    try {
      return opener.apply(salt);
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        open--;
      }
      throw e;
    }
  }

  /** Gives a session back for the next request. */
  void giveBack(PooledSession pooled) {
    boolean kept;
    synchronized (this) {
      kept = !closed;
      if (kept) {
        idle.add(new Idle(pooled, nanoTime.getAsLong()));
      }
    }
    if (kept) {
      places.release();
    } else {
      discard(pooled);
    }
  }

  /** Closes a session that is not to be used again. */
  void discard(PooledSession pooled) {
    try {
      pooled.close();
    } finally {
      synchronized (this) {
        open--;
      }
      places.release();
    }
  }

  /** Sessions that exist, at work or idle. */
  synchronized int open() {
    return open;
  }

  /** Requests that wait for a session. */
  int waiting() {
    return waiting.get();
  }

  /** Closes the sessions that have been idle for too long. */
  void closeIdle() {
    List<Idle> old;
    synchronized (this) {
      long now = nanoTime.getAsLong();
      old = idle.stream().filter(one -> now - one.since() >= limits.idleTime().toNanos()).toList();
      idle.removeAll(old);
      open -= old.size();
    }
    closeAll(old);
  }

  /** A drafter that fails to close must not end the housekeeping. */
  private void tidy() {
    try {
      closeIdle();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "an idle session could not be closed", e);
    }
  }

  /**
   * Closes sessions, all at the same time: each may wait a moment for a server that does not answer
   * any more. Closes the others too where one fails.
   */
  private static void closeAll(List<Idle> sessions) {
    Background.forEach("bookend-close-session", sessions, one -> one.pooled().close());
  }

  /** Closes all sessions; waits for those at work. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    housekeeping.shutdown();
    Uninterruptibles.awaitTerminationUninterruptibly(housekeeping);
    places.acquireUninterruptibly(limits.mostSessions());
    List<Idle> rest;
    synchronized (this) {
      rest = List.copyOf(idle);
      idle.clear();
      open -= rest.size();
    }
    try {
      closeAll(rest);
    } finally {
      places.release(limits.mostSessions());
    }
  }
}
