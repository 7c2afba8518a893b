package dev.bookend.remote;

import dev.bookend.error.ErrorCode;
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
 * @param total the longest time from the first failure to the last attempt, without what was spent
 *     on answers that have come; and the longest wait for a place on a server that has none free;
 *     positive
 */
public record RetryPolicy(
    int attempts, Duration firstPause, Duration longestPause, Duration total) {
  private static final Set<TritonException.Kind> TRANSIENT =
      Set.of(
          TritonException.Kind.UNREACHABLE,
          TritonException.Kind.BROKEN,
          TritonException.Kind.SEQUENCE_LOST,
          TritonException.Kind.MODEL_UNAVAILABLE, // it was there before, so it is being reloaded
          TritonException.Kind.DEADLINE);

  private static final int LEAST_DOUBTFUL = 3;

  /** As many attempts as there can be in a minute, with pauses of up to five seconds. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(100, Duration.ofMillis(100), Duration.ofSeconds(5), Duration.ofSeconds(60));

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if the total is not positive
   */
  public RetryPolicy {
    if (total.isNegative() || total.isZero()) {
      throw new IllegalArgumentException("the time to try again must be positive, not " + total);
    }
  }

  /** A policy that only the number of attempts limits. */
  public RetryPolicy(int attempts, Duration firstPause, Duration longestPause) {
    this(attempts, firstPause, longestPause, Duration.ofDays(365));
  }

  /** The same with another {@link #total}. */
  public RetryPolicy withTotal(Duration longest) {
    return new RetryPolicy(attempts, firstPause, longestPause, longest);
  }

  /** The pause behind so many attempts that have failed, the first one's request not counted. */
  Duration pause(int failed) {
    Duration pause = firstPause.multipliedBy(1L << Math.min(failed, 20));
    return pause.compareTo(longestPause) < 0 ? pause : longestPause;
  }

  /** Whether a failure may be gone at the next attempt. */
  static boolean mayPass(TritonException failure) {
    return TRANSIENT.contains(failure.kind());
  }

  /**
   * @param servers how many servers there are to try
   */
  Attempts begin(int servers) {
    return new Attempts(servers);
  }

  /** The attempts for one request. Not thread-safe. */
  final class Attempts {
    private final int servers;
    private int failed;
    private int doubtful;
    private long firstFailure;

    private Attempts(int servers) {
      this.servers = servers;
    }

    /** How many have failed. */
    int failed() {
      return failed;
    }

    /** An answer has come after so long, which was not lost, however slow the network is. */
    void answered(long nanos) {
      firstFailure += nanos;
    }

    /** How much is left of the whole time. */
    Duration left() {
      Duration spent =
          failed == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - firstFailure);
      return total.minus(spent);
    }

    /**
     * Pauses before the next attempt. What need not pass, such as an error that nobody knows, may
     * be this server's alone or come from one that is just stopping: it is tried again as often as
     * there are servers, and three times at least, for a balancer makes several look like one.
     *
     * @throws CloudException the failure, if there is no attempt or no time left, this side has
     *     cancelled, or this thread is interrupted
     */
    void failed(TritonException cause) {
      if (failed == 0) {
        firstFailure = System.nanoTime();
      }
      if (!mayPass(cause)) {
        doubtful++;
      }
      Duration pause = pause(failed);
      if (cause.kind() == TritonException.Kind.CANCELLED
          || doubtful > Math.max(servers, LEAST_DOUBTFUL)
          || failed == attempts
          || left().compareTo(pause) <= 0) {
        throw CloudException.of(cause);
      }
      try {
        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CloudException(
            ErrorCode.CANCELLED, "interrupted while the cloud was lost: " + cause.getMessage());
      }
      failed++;
    }
  }
}
