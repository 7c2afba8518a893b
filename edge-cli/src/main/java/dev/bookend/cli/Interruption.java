package dev.bookend.cli;

import dev.bookend.Cancellation;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C during a generation. The JVM begins to shut down, and exits with 130 as the shell expects;
 * its end is held up until what was generated so far is written.
 */
final class Interruption implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 5;

  private final CountDownLatch written = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean requested;

  /**
   * @param cancellation of the generation to watch over
   */
  Interruption(Cancellation cancellation) {
    hook =
        new Thread(
            () -> {
              requested = true;
              cancellation.cancel();
              await();
            },
            "bookend-interruption");
    ProcessEnd.first(hook);
  }

  boolean requested() {
    return requested;
  }

  private void await() {
    try {
      written.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** All is written. */
  @Override
  public void close() {
    written.countDown();
    ProcessEnd.forget(hook);
  }
}
