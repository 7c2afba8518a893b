package dev.bookend.model.runtime;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What waits for the compute thread. Small tasks go before large ones, so that somebody's next
 * token does not wait for the whole of another's long prompt; now and then a large one goes first,
 * so that it is not put off for ever. Safe for use by several threads.
 */
final class ComputeTasks {
  /** So many small tasks in a row may overtake a large one. */
  private static final int MOST_OVERTAKING = 8;

  private final Deque<Runnable> small = new ArrayDeque<>();
  private final Deque<Runnable> large = new ArrayDeque<>();
  private int overtaking;

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
    if (small.isEmpty() || (overtaking >= MOST_OVERTAKING && !large.isEmpty())) {
      overtaking = 0;
      return large.remove();
    }
    overtaking = large.isEmpty() ? 0 : overtaking + 1;
    return small.remove();
  }
}
