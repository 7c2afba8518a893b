package dev.bookend.evaluation.report;

import java.util.List;

/** Lines of points with error bars over two axes of numbers. */
public record LineChart(String title, Axis x, Axis y, List<Series> series) implements Chart {
  /**
   * A line, or points beside the line that they should lie on.
   *
   * @param name what the legend says
   * @param curve the line; empty: it goes through the points
   */
  public record Series(String name, List<Point> points, List<Point> curve) {
    /** A line through points. */
    public Series(String name, List<Point> points) {
      this(name, points, List.of());
    }
  }

  /**
   * A point of a line.
   *
   * @param y mean, with its 95 % interval; all three are the same where there is none
   */
  public record Point(double x, Estimate y) {}
}
