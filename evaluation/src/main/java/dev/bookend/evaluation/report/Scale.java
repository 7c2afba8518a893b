package dev.bookend.evaluation.report;

import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.stream.DoubleStream;

/** A range with round numbers along an axis that contains all values. */
record Scale(double low, double high, double step) {
  private static final int STEPS = 5;

  /** A scale that contains all finite values, and 0. */
  static Scale fromZero(DoubleStream values) {
    return around(DoubleStream.concat(DoubleStream.of(0), values));
  }

  /** A scale that contains all finite values; from 0 to 1 if there is none. */
  static Scale around(DoubleStream values) {
    DoubleSummaryStatistics range = values.filter(Double::isFinite).summaryStatistics();
    return range.getCount() == 0 ? around(0, 1) : around(range.getMin(), range.getMax());
  }

  private static Scale around(double low, double high) {
    double span = high > low ? high - low : Math.max(1, Math.abs(high));
    double raw = span / STEPS;
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double part = raw / power;
    double step = power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
    double top = step * Math.ceil((low + span) / step - 1e-9);
    return new Scale(step * Math.floor(low / step + 1e-9), top, step);
  }

  List<Double> ticks() {
    List<Double> ticks = new ArrayList<>();
    for (long i = Math.round(low / step); i <= Math.round(high / step); i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /** Where a value lies, from 0 at the low end to 1 at the high end. */
  double at(double value) {
    return (value - low) / (high - low);
  }
}
