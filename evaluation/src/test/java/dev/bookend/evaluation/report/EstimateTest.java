package dev.bookend.evaluation.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class EstimateTest {
  @Test
  void aRatioIsThatOfTheSums() {
    Estimate ratio = Estimate.ofRatio(new double[] {10, 1}, new double[] {5, 5});
    assertEquals(1.1, ratio.mean(), 1e-12);
    assertEquals(0.2, ratio.low(), 1e-12);
    assertEquals(2, ratio.high(), 1e-12);
  }

  /**
   * Of means of 20 normal values, 95 in 100 intervals take in the true mean; a bootstrap's few
   * less.
   */
  @Test
  void nineteenOfTwentyIntervalsTakeInTheTrueMean() {
    SplittableRandom random = new SplittableRandom(3);
    int hits = 0;
    for (int i = 0; i < 300; i++) {
      double[] values =
          random.doubles(20).map(u -> 5 + 2 * Math.sqrt(-2 * Math.log(1 - u))).toArray();
      double mean = 5 + 2 * Math.sqrt(Math.PI / 2); // of a Rayleigh distribution
      Estimate estimate = Estimate.ofMean(values);
      hits += estimate.low() <= mean && mean <= estimate.high() ? 1 : 0;
    }
    assertTrue(hits >= 0.88 * 300 && hits <= 0.99 * 300, "of 300: " + hits);
  }

  @Test
  void nothingHasNoMean() {
    assertThrows(IllegalArgumentException.class, Estimate::ofMean);
  }

  @Property
  void aScaleContainsAllValuesAndHasFewRoundTicks(
      @ForAll @DoubleRange(min = -1e6, max = 1e6) double a,
      @ForAll @DoubleRange(min = -1e6, max = 1e6) double b,
      @ForAll @IntRange(min = -4, max = 4) int power) {
    double low = Math.min(a, b) * Math.pow(10, power);
    double high = Math.max(a, b) * Math.pow(10, power);
    Scale scale = Scale.around(DoubleStream.of(low, high));
    double slack = 1e-6 * scale.step();
    assertTrue(scale.low() <= low + slack && scale.high() >= high - slack, scale.toString());
    List<Double> ticks = scale.ticks();
    assertTrue(ticks.size() >= 2 && ticks.size() <= 9, ticks.toString());
  }
}
