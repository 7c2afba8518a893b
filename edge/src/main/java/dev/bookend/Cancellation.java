package dev.bookend;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Whether a completion is to end before it is whole. To look between two tokens is enough where the
 * network answers; a thread that waits longer than that is interrupted. An interrupt gives up the
 * sequence in the cloud, which the next request would have to replay, so it comes second.
 */
final class Cancellation {
  private static final long PATIENCE_MILLIS = 1000;

  private boolean requested;
  private boolean interrupted;
  private Thread worker;

  /** The calling thread begins to work. */
  synchronized void begin() {
    worker = Thread.currentThread();
  }

  /**
   * The calling thread has ended its work; an interrupt that came from here does not outlive it.
   */
  synchronized void end() {
    worker = null;
    if (interrupted) {
      boolean cleared = Thread.interrupted();
      interrupted = !cleared;
    }
  }

  synchronized boolean isRequested() {
    return requested;
  }

  void cancel() {
    synchronized (this) {
      if (requested) {
        return;
      }
      requested = true;
    }
    CompletableFuture<Void> unused =
        CompletableFuture.runAsync(
            this::interrupt,
            CompletableFuture.delayedExecutor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
  }

  private synchronized void interrupt() {
    if (worker != null) {
      interrupted = true;
      worker.interrupt();
    }
  }
}
