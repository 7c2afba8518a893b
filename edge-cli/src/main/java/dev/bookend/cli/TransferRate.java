package dev.bookend.cli;

import java.util.OptionalDouble;

/**
 * How fast something goes at present: a mean over the last seconds, so that what was here before,
 * and a pause long ago, do not count.
 */
final class TransferRate {
  private static final double WINDOW_SECONDS = 5;
  private static final double NANOS = 1e9;

  private long lastNanos;
  private long lastDone;
  private double rate;
  private boolean begun;
  private boolean known;

  /**
   * Notes how far it has come.
   *
   * @param nanos as {@link System#nanoTime}
   */
  void update(long nanos, long done) {
    double seconds = (nanos - lastNanos) / NANOS;
    if (!begun || done < lastDone) {
      begun = true;
      known = false;
    } else if (seconds < 0.2) {
      return; // too short a time to say
    } else {
      double now = (done - lastDone) / seconds;
      double weight = known ? 1 - Math.exp(-seconds / WINDOW_SECONDS) : 1;
      rate += weight * (now - rate);
      known = true;
    }
    lastNanos = nanos;
    lastDone = done;
  }

  /** Units a second; empty: not known yet, or it stands still. */
  OptionalDouble perSecond() {
    return known && rate > 0 ? OptionalDouble.of(rate) : OptionalDouble.empty();
  }
}
