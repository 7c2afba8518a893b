package dev.bookend.remote;

import dev.bookend.triton.TritonException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How long a session tries to reach the cloud again after it has lost it.
 *
 * @param attempts how often a request is sent again before it fails
 * @param firstPause the pause before the first of these attempts; each further pause is twice as
 *     long
 * @param longestPause the longest pause
 */
public record RetryPolicy(int attempts, Duration firstPause, Duration longestPause) {
  private static final Set<TritonException.Kind> TRANSIENT =
      Set.of(
          TritonException.Kind.UNREACHABLE,
          TritonException.Kind.BROKEN,
          TritonException.Kind.SEQUENCE_LOST,
          TritonException.Kind.MODEL_UNAVAILABLE, // it was there before, so it is being reloaded
          TritonException.Kind.DEADLINE);

  /** Ten attempts; their pauses add up to half a minute. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(10, Duration.ofMillis(100), Duration.ofSeconds(5));

  /** The pause behind so many attempts that have failed, the first one's request not counted. */
  Duration pause(int failed) {
    Duration pause = firstPause.multipliedBy(1L << Math.min(failed, 20));
    return pause.compareTo(longestPause) < 0 ? pause : longestPause;
  }

  /** Whether a failure may be gone at the next attempt. */
  static boolean mayPass(TritonException failure) {
    return TRANSIENT.contains(failure.kind());
  }

  Attempts begin() {
    return new Attempts();
  }

  /** The attempts for one request. Not thread-safe. */
  final class Attempts {
    private int failed;

    /**
     * Pauses before the next attempt.
     *
     * @throws CloudException the failure, if there is no attempt left, the failure will not pass,
     *     or this thread is interrupted
     */
    void failed(TritonException cause) {
      if (!mayPass(cause) || failed == attempts) {
        throw CloudException.of(cause);
      }
      try {
        TimeUnit.NANOSECONDS.sleep(pause(failed).toNanos());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw CloudException.of(cause);
      }
      failed++;
    }
  }
}
