package dev.bookend.remote;

import dev.bookend.triton.TritonException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How long a session tries to get back a cloud that it has lost.
 *
 * @param attempts how often a step is tried anew
 * @param firstPause pause before the first of them; doubled for each further one
 * @param longestPause bound of that doubling
 */
public record RetryPolicy(int attempts, Duration firstPause, Duration longestPause) {
  private static final Set<TritonException.Kind> TRANSIENT =
      Set.of(
          TritonException.Kind.UNREACHABLE,
          TritonException.Kind.SEQUENCE_LOST,
          TritonException.Kind.MODEL_UNAVAILABLE, // it served this session before: a reload
          TritonException.Kind.DEADLINE);

  /** Ten attempts; their pauses add up to half a minute. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(10, Duration.ofMillis(100), Duration.ofSeconds(5));

  Attempts begin() {
    return new Attempts();
  }

  /** The attempts of one step. */
  final class Attempts {
    private int failed;

    /**
     * Pauses and returns if the step may be tried again.
     *
     * @throws CloudException if it may not, or the thread is interrupted meanwhile
     */
    void failed(TritonException cause) {
      if (!TRANSIENT.contains(cause.kind()) || failed == attempts) {
        throw CloudException.of(cause);
      }
      try {
        long pause = firstPause.toNanos() << Math.min(failed, 20);
        TimeUnit.NANOSECONDS.sleep(Math.min(pause, longestPause.toNanos()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw CloudException.of(cause);
      }
      failed++;
    }
  }
}
