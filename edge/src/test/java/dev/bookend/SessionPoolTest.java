package dev.bookend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bookend.SessionPool.PooledSession;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.DecodingListener;
import dev.bookend.decoding.DecodingRequest;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.session.Session;
import dev.bookend.testing.SmallModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Which session a request gets, and what becomes of the others; with real sessions. */
class SessionPoolTest {
  private final AtomicLong clock = new AtomicLong();

  private SessionPool pool(int most) {
    return new SessionPool(
        new SessionLimits(most, Duration.ofMinutes(1)),
        salt -> new PooledSession(salt, SmallModel.split().newSession(), SequentialDecoding.GREEDY),
        clock::get);
  }

  /** Takes a session, lets it hold some tokens, and gives it back. */
  private PooledSession hold(SessionPool pool, int... tokens) throws InterruptedException {
    PooledSession taken = pool.take("", tokens);
    taken.session().prefill(tokens);
    pool.giveBack(taken);
    return taken;
  }

  @Test
  void theLongestPrefixWins() throws Exception {
    try (SessionPool pool = pool(3)) {
      PooledSession first = hold(pool, 1, 2, 3, 4);
      PooledSession second = hold(pool, 5, 6, 7, 8);
      assertNotSame(first, second);
      assertSame(first, hold(pool, 1, 2, 3, 4, 9));
      assertSame(second, hold(pool, 5, 6, 7, 9));
      assertEquals(2, pool.open());
    }
  }

  @Test
  void oneRequestMoreThanMayWaitIsRefusedAtOnce() throws Exception {
    SessionLimits limits = new SessionLimits(1, Duration.ofMinutes(1), 1);
    try (SessionPool pool =
        new SessionPool(
            limits,
            salt ->
                new PooledSession(salt, SmallModel.split().newSession(), SequentialDecoding.GREEDY),
            clock::get)) {
      PooledSession first = pool.take("", new int[] {1});
      FutureTask<PooledSession> second = new FutureTask<>(() -> pool.take("", new int[] {2}));
      Thread waiting = new Thread(second);
      waiting.start();
      while (waiting.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      BookendException refusal =
          assertThrows(BookendException.class, () -> pool.take("", new int[] {3}));
      assertEquals(ErrorCode.TOO_MANY_REQUESTS, refusal.code());
      pool.giveBack(first);
      pool.giveBack(second.get());
      pool.giveBack(pool.take("", new int[] {3})); // there is room again
    }
  }

  @Test
  void aSessionThatHoldsMuchElseIsKeptAsLongAsThereIsRoom() throws Exception {
    try (SessionPool pool = pool(2)) {
      PooledSession first = hold(pool, 1, 2, 3, 4, 5, 6);
      PooledSession second = hold(pool, 1, 9);
      assertNotSame(first, second);
      // No room any more: the one that was used longest ago makes way.
      assertSame(first, hold(pool, 7, 8));
      assertEquals(2, pool.open());
    }
  }

  /** Also where no room is left: what it and its drafters hold would tell of the other. */
  @Test
  void aSessionOfAnotherSaltIsNeverUsedAgain() throws Exception {
    try (SessionPool pool = pool(1)) {
      PooledSession first = hold(pool, 1, 2, 3, 4);
      PooledSession other = pool.take("other", new int[] {1, 2, 3, 4, 5});
      assertNotSame(first, other);
      assertEquals(0, other.session().commonPrefix(new int[] {1, 2, 3, 4}));
      assertEquals(1, pool.open());
      pool.giveBack(other);
      assertSame(other, pool.take("other", new int[] {1}));
      pool.giveBack(other);
    }
  }

  @Test
  void sessionsThatAreIdleForTooLongAreClosed() throws Exception {
    try (SessionPool pool = pool(2)) {
      hold(pool, 1, 2, 3);
      clock.addAndGet(Duration.ofSeconds(40).toNanos());
      PooledSession second = hold(pool, 5, 6, 7);
      clock.addAndGet(Duration.ofSeconds(40).toNanos());
      pool.closeIdle();
      assertEquals(1, pool.open());
      assertSame(second, hold(pool, 5, 6, 7));
    }
  }

  /** A drafter of somebody else's may do anything when it is closed. */
  private record Failing(Sampling sampling) implements Decoding {
    @Override
    public Generation decode(
        Session session, int[] prompt, DecodingRequest request, DecodingListener listener) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      throw new IllegalStateException("cannot close");
    }
  }

  /** Waits, when it is closed, until the others are being closed too. */
  private record Together(Sampling sampling, CyclicBarrier closing) implements Decoding {
    @Override
    public Generation decode(
        Session session, int[] prompt, DecodingRequest request, DecodingListener listener) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      try {
        closing.await(1, TimeUnit.MINUTES);
      } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** With a cloud that is gone each waits two seconds. */
  @Test
  void sessionsAreClosedAtTheSameTime() throws Exception {
    CyclicBarrier closing = new CyclicBarrier(3);
    SessionPool pool =
        new SessionPool(
            new SessionLimits(3, Duration.ofMinutes(1)),
            salt ->
                new PooledSession(
                    salt, SmallModel.split().newSession(), new Together(Sampling.GREEDY, closing)),
            clock::get);
    List<PooledSession> taken = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      taken.add(pool.take("", new int[] {i}));
    }
    taken.forEach(pool::giveBack);
    pool.close();
    assertEquals(0, pool.open());
  }

  @Test
  void oneThatFailsToCloseKeepsNoOtherOpen() throws Exception {
    SessionPool pool =
        new SessionPool(
            new SessionLimits(2, Duration.ofMinutes(1)),
            salt ->
                new PooledSession(
                    salt, SmallModel.split().newSession(), new Failing(Sampling.GREEDY)),
            clock::get);
    PooledSession first = pool.take("", new int[] {1});
    PooledSession second = pool.take("", new int[] {2});
    pool.giveBack(first);
    pool.giveBack(second);
    assertThrows(IllegalStateException.class, pool::close);
    assertEquals(0, pool.open());
    // Were a place still taken, this would wait for ever.
    assertThrows(IllegalStateException.class, () -> pool.take("", new int[] {1}));
  }
}
