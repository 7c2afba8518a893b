package dev.bookend.evaluation.report;

/** A chart of a {@link Report}. */
public sealed interface Chart permits LineChart, DotChart {
  /** What the chart shows. */
  String title();

  /**
   * An axis.
   *
   * @param label what is measured
   * @param unit in which unit; empty for plain numbers
   */
  record Axis(String label, String unit) {
    /** For people: the label, and the unit in parentheses. */
    String heading() {
      return new Column(label, unit).heading();
    }
  }
}
