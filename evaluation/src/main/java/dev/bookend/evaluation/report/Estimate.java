package dev.bookend.evaluation.report;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A mean and its 95 % confidence interval.
 *
 * @param low lower end of the interval
 * @param high upper end of the interval
 */
public record Estimate(double mean, double low, double high) {
  private static final int RESAMPLES = 2000;
  private static final long SEED = 1; // the same values always give the same interval

  /** A figure without an interval. */
  public static Estimate exact(double value) {
    return new Estimate(value, value, value);
  }

  /**
   * The mean of independent values with its 95 % percentile bootstrap interval.
   *
   * @throws IllegalArgumentException if there is no value
   */
  public static Estimate ofMean(double... values) {
    double[] ones = new double[values.length];
    Arrays.fill(ones, 1);
    return ofRatio(values, ones);
  }

  /**
   * The sum of some values over the sum of others, with its 95 % percentile bootstrap interval over
   * the pairs.
   *
   * @throws IllegalArgumentException if there is no pair
   */
  public static Estimate ofRatio(double[] numerators, double[] denominators) {
    int n = numerators.length;
    if (n == 0 || denominators.length != n) {
      throw new IllegalArgumentException(n + " values over " + denominators.length);
    }
    SplittableRandom random = new SplittableRandom(SEED);
    double[] resampled = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double above = 0;
      double below = 0;
      for (int k = 0; k < n; k++) {
        int drawn = random.nextInt(n);
        above += numerators[drawn];
        below += denominators[drawn];
      }
      resampled[i] = above / below;
    }
    Arrays.sort(resampled);
    double mean =
        IntStream.range(0, n).mapToDouble(i -> numerators[i]).sum()
            / IntStream.range(0, n).mapToDouble(i -> denominators[i]).sum();
    return new Estimate(
        mean, resampled[RESAMPLES * 25 / 1000], resampled[RESAMPLES * 975 / 1000 - 1]);
  }

  /** The exponential of this figure. */
  public Estimate exp() {
    return new Estimate(Math.exp(mean), Math.exp(low), Math.exp(high));
  }
}
