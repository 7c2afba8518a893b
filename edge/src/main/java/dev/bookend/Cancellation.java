package dev.bookend;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Ends one completion, or one scoring, before it is whole, from any thread. What the completion
 * says so far stands.
 *
 * <p>To look between two tokens is enough where the network answers; a thread that waits longer
 * than that is interrupted. An interrupt gives up the sequence in the cloud, which the next request
 * would have to replay, so it comes second.
 */
public final class Cancellation {
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

  /** Whether {@link #cancel} was called. */
  public synchronized boolean isRequested() {
    return requested;
  }

  /** Throws {@link ErrorCode#CANCELLED} if {@link #cancel} was called. */
  void throwIfRequested() {
    if (isRequested()) {
      throw new BookendException(ErrorCode.CANCELLED, "cancelled before it began");
    }
  }

  /**
   * Ends the completion after the step that is under way. A thread that does not notice within a
   * second, because it waits for the network, is interrupted.
   */
  public void cancel() {
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
