package dev.bookend.evaluation.report;

import java.util.Locale;

/** A table's cell as text. */
final class Cell {
  private Cell() {}

  /** For people: rounded, with its interval if it has one; a dash for a missing figure. */
  static String text(Object cell) {
    if (cell == null) {
      return "–";
    }
    if (cell instanceof Estimate estimate) {
      String mean = number(estimate.mean());
      return estimate.low() == estimate.high()
          ? mean
          : mean + " [" + number(estimate.low()) + ", " + number(estimate.high()) + "]";
    }
    return cell instanceof Double || cell instanceof Float
        ? number(((Number) cell).doubleValue())
        : cell.toString();
  }

  /** A number with three or four significant digits. */
  static String number(double value) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    double size = Math.abs(value);
    if (size == 0) {
      return "0";
    }
    if (size < 1e-3) {
      return String.format(Locale.ROOT, "%.2e", value);
    }
    String format = size < 1 ? "%.3f" : size < 100 ? "%.2f" : size < 1000 ? "%.1f" : "%.0f";
    return String.format(Locale.ROOT, format, value);
  }
}
