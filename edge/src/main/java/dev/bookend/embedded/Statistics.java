package dev.bookend.embedded;

/**
 * What the model has run.
 *
 * @param answered requests answered
 * @param failed requests that failed
 * @param queueNanos time the answered ones waited
 * @param computeNanos time they ran
 */
record Statistics(long answered, long failed, long queueNanos, long computeNanos) {
  Statistics plusAnswered(long queued, long computed) {
    return new Statistics(answered + 1, failed, queueNanos + queued, computeNanos + computed);
  }

  Statistics plusFailed() {
    return new Statistics(answered, failed + 1, queueNanos, computeNanos);
  }
}
