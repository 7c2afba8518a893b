package dev.bookend.remote;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How fast a server has answered so far, and so how long to wait for it. Safe for use by several
 * threads.
 */
final class ServerPace {
  private static final double FORGETTING = 0.95;

  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(1);
  private static final Duration FIRST_PATIENCE = Duration.ofSeconds(2);
  private static final Duration MOST_PATIENCE = Duration.ofSeconds(5);
  private static final Duration LEAST_FIRST = Duration.ofMillis(1500);

  // A server that has never been asked for a step may have to warm up, or be slow by nature.
  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final Duration LIMIT_PER_TOKEN = Duration.ofMillis(100);
  private static final int LIMIT_FACTOR = 20;
  private static final Duration FIRST_PER_TOKEN = Duration.ofMillis(10);

  // Small calls travel behind the steps that are under way, which a slow link (1 Mbit/s) takes time
  // to carry; and a prompt gets more, for a link may be slower than that. One that has been seen to
  // be slower still gets twice what it took. Before anything has been seen, it may be as slow as a
  // mobile network at its worst (64 kbit/s): a small call then waits behind what the machine has
  // taken over, which is not all of a prompt.
  private static final double SLOW_BYTES_PER_SECOND = 125_000;
  private static final double SLOWEST_BYTES_PER_SECOND = 32_000;
  private static final long PROMPT_BYTES = 500_000;
  private static final long LEAST_BYTES_PER_SECOND = 4_000;
  private static final double UNKNOWN_BYTES_PER_SECOND = 8_000;
  private static final double MOST_UNKNOWN_SECONDS = 15;
  private static final long LEAST_MEASURED_BYTES = 50_000;

  private double bytesPerSecond = Double.POSITIVE_INFINITY; // of late, at the slowest
  private final AtomicLong bytesUnderWay = new AtomicLong();
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

  /**
   * A step travels.
   *
   * @param bytes of what is sent and of what comes back
   * @param answer completes when it has travelled
   */
  void travels(long bytes, CompletableFuture<?> answer) {
    long before = bytesUnderWay.addAndGet(bytes);
    long start = System.nanoTime();
    CompletableFuture<?> unused =
        answer.whenComplete(
            (result, failure) -> {
              bytesUnderWay.addAndGet(-bytes);
              if (failure == null) {
                carried(before, System.nanoTime() - start);
              }
            });
  }

  /** So many bytes have been carried, in both directions together, in that time at the most. */
  synchronized void carried(long bytes, long nanos) {
    if (bytes >= LEAST_MEASURED_BYTES) {
      bytesPerSecond = Math.min(bytesPerSecond / FORGETTING, bytes * 1e9 / Math.max(1, nanos));
    }
  }

  /** How long what is under way takes on a slow link. */
  synchronized Duration transfer() {
    long bytes = bytesUnderWay.get();
    long some = Math.min(bytes, PROMPT_BYTES);
    double half = bytesPerSecond / 2;
    double seconds =
        some / Math.min(SLOW_BYTES_PER_SECOND, half)
            + (bytes - some) / Math.min(SLOWEST_BYTES_PER_SECOND, half);
    if (Double.isInfinite(bytesPerSecond)) {
      seconds = Math.max(seconds, Math.min(MOST_UNKNOWN_SECONDS, bytes / UNKNOWN_BYTES_PER_SECOND));
    }
    return Duration.ofMillis((long) (1000 * seconds));
  }

  /** How long what is under way may take where bytes come all the time. */
  Duration longestTransfer() {
    return Duration.ofMillis(1000 * bytesUnderWay.get() / LEAST_BYTES_PER_SECOND);
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

  /** How long the server may take to say that it lives, behind what is under way. */
  Duration probeLimit() {
    return within(FIRST_PATIENCE, Duration.ofNanos(10 * roundTripNanos), MOST_PATIENCE)
        .plus(transfer());
  }

  /** After how long the first step of a sequence, once it is there, waits for a place. */
  Duration limitOfFirst(int tokens) {
    Duration usual = Duration.ofNanos((long) (4 * expectedNanos(tokens)));
    return within(LEAST_FIRST, usual, MOST_PATIENCE).plus(FIRST_PER_TOKEN.multipliedBy(tokens));
  }

  /** After how long a step that is there will not be answered any more, also by a live server. */
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
