package dev.bookend;

import java.util.concurrent.CompletableFuture;

/** A completion that is being generated on a thread of its own. Safe for use by several threads. */
public final class RunningCompletion {
  private final CompletableFuture<Completion> result = new CompletableFuture<>();
  private final Cancellation cancellation = new Cancellation();

  RunningCompletion() {}

  /**
   * The completion, once it is whole or cancelled; or the exception that {@link Bookend#complete}
   * would have thrown. To cancel the future does not cancel the completion.
   */
  public CompletableFuture<Completion> result() {
    return result;
  }

  /**
   * Ends the completion after the step that is under way; what it says so far stands, with {@link
   * dev.bookend.decoding.Generation.FinishReason#INTERRUPTED} as its reason to end. A thread that
   * waits for the network is interrupted if it does not notice within a second. Where it still
   * waits for a session, the result fails with {@link dev.bookend.error.ErrorCode#CANCELLED}.
   */
  public void cancel() {
    cancellation.cancel();
  }

  Cancellation cancellation() {
    return cancellation;
  }
}
