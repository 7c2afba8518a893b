package dev.bookend.evaluation.report;

import java.util.List;

/** A dot with an error bar for each of some named things, one below the other, over one axis. */
public record DotChart(String title, Axis x, List<Dot> dots) implements Chart {
  /**
   * A dot.
   *
   * @param name of the thing
   * @param x mean, with its 95 % interval; all three are the same where there is none
   */
  public record Dot(String name, Estimate x) {}
}
