package dev.bookend.evaluation.report;

/**
 * A column of a {@link Table}.
 *
 * @param name what the figures are
 * @param unit in which unit; empty for text and plain numbers
 */
public record Column(String name, String unit) {
  /** A column of text or plain numbers. */
  public static Column of(String name) {
    return new Column(name, "");
  }

  /** For people: the name, and the unit in parentheses. */
  String heading() {
    return unit.isEmpty() ? name : name + " (" + unit + ")";
  }
}
