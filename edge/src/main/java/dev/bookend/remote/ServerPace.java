package dev.bookend.remote;

import java.time.Duration;

/**
 * How fast a server has answered so far, and so how long to wait for it. Safe for use by several
 * threads.
 */
final class ServerPace {
  private static final double FORGETTING = 0.95;

  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(1);
  private static final Duration FIRST_PATIENCE = Duration.ofSeconds(2);
  private static final Duration MOST_PATIENCE = Duration.ofSeconds(5);

  // A server that has never been asked for a step may have to warm up, or be slow by nature.
  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final Duration LIMIT_PER_TOKEN = Duration.ofMillis(100);
  private static final int LIMIT_FACTOR = 20;

  private volatile long roundTripNanos;
  private double slowestNanos; // of late; 0: no answer yet
  private int slowestTokens;

  /**
   * @param roundTripNanos of a small call
   */
  ServerPace(long roundTripNanos) {
    this.roundTripNanos = roundTripNanos;
  }

  long roundTripNanos() {
    return roundTripNanos;
  }

  /** A small call has taken so long. */
  void measured(long nanos) {
    roundTripNanos = nanos;
  }

  /** A step of so many tokens has been waited for so long. */
  synchronized void answered(int tokens, long nanos) {
    slowestNanos *= FORGETTING;
    if (nanos >= slowestNanos) {
      slowestNanos = nanos;
      slowestTokens = tokens;
    }
  }

  private synchronized double expectedNanos(int tokens) {
    return slowestNanos * Math.max(1, (double) tokens / Math.max(1, slowestTokens));
  }

  /** After how long a step is late enough to ask the server whether it lives. */
  Duration patience(int tokens) {
    double expected = expectedNanos(tokens);
    if (expected == 0) {
      return FIRST_PATIENCE;
    }
    return within(LEAST_PATIENCE, Duration.ofNanos((long) (4 * expected)), MOST_PATIENCE);
  }

  /** How long the server may take to say that it lives. */
  Duration probeLimit() {
    return within(FIRST_PATIENCE, Duration.ofNanos(10 * roundTripNanos), MOST_PATIENCE);
  }

  /** After how long a step will not be answered any more, also by a server that lives. */
  Duration limit(int tokens) {
    double expected = expectedNanos(tokens);
    return LIMIT.plus(
        expected == 0
            ? LIMIT_PER_TOKEN.multipliedBy(tokens)
            : Duration.ofNanos((long) (LIMIT_FACTOR * expected)));
  }

  private static Duration within(Duration least, Duration time, Duration most) {
    if (time.compareTo(least) < 0) {
      return least;
    }
    return time.compareTo(most) > 0 ? most : time;
  }
}
