package dev.bookend;

import java.time.Duration;

/**
 * How many sessions a {@link Bookend} keeps. A session holds the KV caches of one token sequence,
 * at the edge and in the cloud, where it occupies one of the server's places for sequences.
 *
 * @param mostSessions how many sessions exist at a time, at work or idle: as many answers run side
 *     by side, and a further request waits for one of them to end
 * @param idleTime how long a session without a request is kept for the next one with the same
 *     beginning, before it is closed and its place on the server becomes free
 * @param mostWaiting how many requests may wait for a session; one more is refused at once
 */
public record SessionLimits(int mostSessions, Duration idleTime, int mostWaiting) {
  /**
   * Four sessions, each kept for five minutes after its last request, for which a hundred requests
   * may wait.
   */
  public static final SessionLimits DEFAULT = new SessionLimits(4, Duration.ofMinutes(5));

  /** Limits with a hundred requests that may wait. */
  public SessionLimits(int mostSessions, Duration idleTime) {
    this(mostSessions, idleTime, 100);
  }

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if there is no session, or another number is negative
   */
  public SessionLimits {
    if (mostSessions < 1) {
      throw new IllegalArgumentException("at least one session is needed, not " + mostSessions);
    }
    if (idleTime.isNegative()) {
      throw new IllegalArgumentException("the idle time " + idleTime + " is negative");
    }
    if (mostWaiting < 0) {
      throw new IllegalArgumentException(mostWaiting + " requests cannot wait");
    }
  }
}
