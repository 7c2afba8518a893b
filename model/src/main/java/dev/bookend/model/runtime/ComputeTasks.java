package dev.bookend.model.runtime;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What waits for the compute thread. Small tasks go before large ones, so that somebody's next
 * token does not wait for the whole of another's long prompt; now and then a large one goes first,
 * so that it is not put off for ever. Safe for use by several threads.
 */
final class ComputeTasks {
  /** So many small tasks in a row may overtake a large one. */
  private static final int MOST_OVERTAKING = 16;

  /**
   * A step is several small tasks, and whoever has the result of one is about to ask for the next.
   * A large task that were begun in between would make each of them wait.
   */
  private static final Duration ANTICIPATION = Duration.ofMillis(2);

  private final Deque<Runnable> small = new ArrayDeque<>();
  private final Deque<Runnable> large = new ArrayDeque<>();
  private int overtaking;
  private boolean wasSmall;

  synchronized void addSmall(Runnable task) {
    small.add(task);
    notifyAll();
  }

  synchronized void addLarge(Runnable task) {
    large.add(task);
    notifyAll();
  }

  /** The next task; waits for one. */
  synchronized Runnable take() throws InterruptedException {
    while (small.isEmpty() && large.isEmpty()) {
      wait();
    }
    if (small.isEmpty() && wasSmall && overtaking < MOST_OVERTAKING) {
      wait(ANTICIPATION.toMillis());
    }
    wasSmall = !small.isEmpty() && (overtaking < MOST_OVERTAKING || large.isEmpty());
    if (!wasSmall) {
      overtaking = 0;
      return large.remove();
    }
    overtaking = large.isEmpty() ? 0 : overtaking + 1;
    return small.remove();
  }
}
