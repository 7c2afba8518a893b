package dev.bookend.export;

import java.util.function.IntConsumer;

/** How long who reads answers has to wait for the next token at most, also for the first one. */
final class LongestPause {
  private long nanos;

  /**
   * Times an answer from now on.
   *
   * @param event is let happen before the first and behind each token; its own time does not count
   */
  IntConsumer of(IntConsumer event) {
    long[] last = {System.nanoTime()};
    return tokens -> {
      nanos = Math.max(nanos, System.nanoTime() - last[0]);
      event.accept(tokens);
      last[0] = System.nanoTime();
    };
  }

  double seconds() {
    return nanos / 1e9;
  }
}
