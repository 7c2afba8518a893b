package dev.bookend.cli;

import dev.bookend.model.runtime.ComputeThread;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the process still does when it is told to end, by Ctrl-C or SIGTERM: what was asked for
 * here, and then it lets the step that is being computed come to its end, because PyTorch is taken
 * apart under whatever computes at exit, which may crash. Safe for use by several threads.
 */
final class ProcessEnd {
  /** A step takes seconds at most, but for a long prompt on a large model. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Set<Thread> FIRST = ConcurrentHashMap.newKeySet();

  private ProcessEnd() {}

  static void install() {
    Runtime.getRuntime().addShutdownHook(new Thread(ProcessEnd::run, "bookend-end"));
  }

  private static void run() {
    FIRST.forEach(Thread::start);
    try {
      for (Thread thread : FIRST) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody does
    }
    ComputeThread.finish(PATIENCE);
  }

  /** Lets a thread, which may still compute, run before that. */
  static void first(Thread thread) {
    FIRST.add(thread);
  }

  /** The thread need not run any more. */
  static void forget(Thread thread) {
    FIRST.remove(thread);
  }
}
