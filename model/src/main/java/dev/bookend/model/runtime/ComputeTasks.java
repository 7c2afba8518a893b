package dev.bookend.model.runtime;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What waits for the compute thread. Small tasks go before large ones, so that somebody's next
 * token does not wait for the whole of another's long prompt; where there are always some of both,
 * each kind gets half of the time. Safe for use by several threads.
 */
final class ComputeTasks {
  /** A kind that was not asked for in so long a time is owed nothing. */
  private static final long FORGOTTEN = TimeUnit.MILLISECONDS.toNanos(200);

  /** No kind is owed more than that. */
  private static final long MOST_OWED = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoTime;
  private final long anticipation;
  private final Deque<Runnable> small = new ArrayDeque<>();
  private final Deque<Runnable> large = new ArrayDeque<>();
  private long lastSmall;
  private long lastLarge;

  /** By how much large tasks have had more time than small ones, since there are both. */
  private long ahead;

  private boolean isSmall;

  /**
   * Tasks that take turns by a clock.
   *
   * @param anticipation how long to wait for another small task behind one. A step is several of
   *     them, and whoever has the result of one is about to ask for the next; a large task that
   *     were begun in between would make each of them wait
   */
  ComputeTasks(LongSupplier nanoTime, Duration anticipation) {
    this.nanoTime = nanoTime;
    this.anticipation = anticipation.toNanos();
    lastSmall = nanoTime.getAsLong() - FORGOTTEN;
    lastLarge = lastSmall;
  }

  synchronized void addSmall(Runnable task) {
    small.add(task);
    notifyAll();
  }

  synchronized void addLarge(Runnable task) {
    large.add(task);
    notifyAll();
  }

  /** Runs the next task; waits for one. */
  void runNext() throws InterruptedException {
    Runnable task = take();
    long start = nanoTime.getAsLong();
    try {
      task.run();
    } finally {
      took(start, nanoTime.getAsLong());
    }
  }

  private synchronized Runnable take() throws InterruptedException {
    while (small.isEmpty() && large.isEmpty()) {
      wait();
    }
    long until = System.nanoTime() + anticipation;
    for (long left = anticipation;
        small.isEmpty() && (isSmall || ahead > 0) && left > 0;
        left = until - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    isSmall = !small.isEmpty() && (ahead >= 0 || large.isEmpty());
    return isSmall ? small.remove() : large.remove();
  }

  private synchronized void took(long start, long end) {
    lastSmall = isSmall || !small.isEmpty() ? end : lastSmall;
    lastLarge = !isSmall || !large.isEmpty() ? end : lastLarge;
    if (start - Math.min(lastSmall, lastLarge) >= FORGOTTEN) {
      ahead = 0;
    } else {
      long more = ahead + (isSmall ? start - end : end - start);
      ahead = Math.max(-MOST_OWED, Math.min(MOST_OWED, more));
    }
  }
}
