package dev.bookend.embedded;

/**
 * How many requests the model has run, and for how long.
 *
 * @param answered requests answered
 * @param failed requests that failed
 * @param queueNanos time for which the answered requests waited, in nanoseconds
 * @param computeNanos time for which they ran, in nanoseconds
 */
record Statistics(long answered, long failed, long queueNanos, long computeNanos) {
  Statistics plusAnswered(long queued, long computed) {
    return new Statistics(answered + 1, failed, queueNanos + queued, computeNanos + computed);
  }

  Statistics plusFailed() {
    return new Statistics(answered, failed + 1, queueNanos, computeNanos);
  }
}
