package dev.bookend.speculation;

import com.google.common.primitives.Doubles;

/**
 * How long a round trip takes, by its number of tokens: network, cloud and edge together, learned
 * from the round trips of this session.
 */
final class StepTimes {
  /*
   * Times are kept as moving averages in classes of 1, 2, 3-4, 5-8, ... tokens, and interpolated
   * between the classes. More tokens never take less time: where the averages say so, that is noise,
   * and neighbouring classes share their mean. What was never measured is assumed to be cheap, so
   * that it is tried.
   */
  static final int CLASSES = 16;
  private static final double MEMORY = 16;
  private static final double OUTLIER = 3;

  /** The part by which each token is assumed to lengthen a round trip before it is measured. */
  private static final double ASSUMED_GROWTH = 0.01;

  /** The time of one token is in doubt where a larger round trip took less than this part of it. */
  private static final double DOUBT = 0.95;

  /** From so many measurements on, a class's average is trusted. */
  private static final int ENOUGH = 3;

  private int mostTokens;
  private final double[] count = new double[CLASSES];
  private final double[] meanTokens = new double[CLASSES];
  private final double[] meanSeconds = new double[CLASSES];

  /** Begins with what another session has measured, as far as that can still be changed. */
  void begin(LearnedCosts.Times learned) {
    mostTokens = learned.mostTokens();
    for (int i = 0; i < CLASSES; i++) {
      count[i] = Math.min(learned.counts().get(i), ENOUGH);
      meanTokens[i] = learned.tokens().get(i);
      meanSeconds[i] = learned.seconds().get(i);
    }
  }

  LearnedCosts.Times learned() {
    return new LearnedCosts.Times(
        mostTokens, Doubles.asList(count), Doubles.asList(meanTokens), Doubles.asList(meanSeconds));
  }

  /** Takes note of a round trip. */
  void record(int tokens, double seconds) {
    mostTokens = Math.max(mostTokens, tokens);
    int i = 32 - Integer.numberOfLeadingZeros(tokens - 1);
    // A lost packet or a pause of the machine says nothing about the number of tokens.
    double bounded = count[i] < ENOUGH ? seconds : Math.min(seconds, OUTLIER * meanSeconds[i]);
    if (count[i] == 1 && seconds < meanSeconds[i]) {
      count[i] = 0; // The first round trip may have been slow because code was loaded.
    }
    count[i] = Math.min(count[i] + 1, MEMORY);
    meanTokens[i] += (tokens - meanTokens[i]) / count[i];
    meanSeconds[i] += (bounded - meanSeconds[i]) / count[i];
  }

  /**
   * Whether one token seems to take longer than several, which too few measurements have caused.
   * Everything else is compared with the time of one token.
   */
  boolean isOneTokenInDoubt() {
    boolean isShorter = false;
    for (int i = 1; i < CLASSES; i++) {
      isShorter |= count[i] > 0 && meanSeconds[i] < DOUBT * meanSeconds[0];
    }
    return count[0] < ENOUGH && isShorter;
  }

  /** Number of tokens of the largest round trip so far. */
  int mostTokens() {
    return mostTokens;
  }

  /**
   * Seconds that a round trip of 1 to n tokens is expected to take, by the number of tokens; index
   * 0 is unused.
   *
   * @throws IllegalStateException if no round trip was recorded
   */
  double[] upTo(int n) {
    double[] xs = new double[CLASSES];
    double[] ys = new double[CLASSES];
    double[] weights = new double[CLASSES];
    int[] merged = new int[CLASSES];
    int points = 0;
    int groups = 0;
    for (int i = 0; i < CLASSES; i++) {
      if (count[i] == 0) {
        continue;
      }
      xs[points++] = meanTokens[i];
      ys[groups] = meanSeconds[i];
      weights[groups] = count[i];
      merged[groups++] = 1;
      // Pool adjacent violators: the closest sequence that never falls.
      while (groups > 1 && ys[groups - 2] > ys[groups - 1]) {
        groups--;
        double weight = weights[groups - 1] + weights[groups];
        ys[groups - 1] =
            (ys[groups - 1] * weights[groups - 1] + ys[groups] * weights[groups]) / weight;
        weights[groups - 1] = weight;
        merged[groups - 1] += merged[groups];
      }
    }
    if (points == 0) {
      throw new IllegalStateException("no round trip has been recorded yet");
    }
    double[] levels = new double[points];
    for (int group = 0, point = 0; group < groups; group++) {
      for (int i = 0; i < merged[group]; i++) {
        levels[point++] = ys[group];
      }
    }
    double[] seconds = new double[n + 1];
    for (int tokens = 1; tokens <= n; tokens++) {
      seconds[tokens] = interpolate(xs, levels, tokens);
    }
    return seconds;
  }

  private static double interpolate(double[] xs, double[] ys, double x) {
    int last = ys.length - 1;
    if (x <= xs[0]) {
      return ys[0] * (1 + ASSUMED_GROWTH * x) / (1 + ASSUMED_GROWTH * xs[0]);
    }
    if (x >= xs[last]) {
      double assumed = ys[last] * ASSUMED_GROWTH / (1 + ASSUMED_GROWTH * xs[last]);
      double measured = last == 0 ? 0 : (ys[last] - ys[0]) / (xs[last] - xs[0]);
      return ys[last] + (x - xs[last]) * Math.max(assumed, measured);
    }
    int i = 1;
    while (xs[i] < x) {
      i++;
    }
    return ys[i - 1] + (ys[i] - ys[i - 1]) * (x - xs[i - 1]) / (xs[i] - xs[i - 1]);
  }
}
