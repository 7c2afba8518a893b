package dev.bookend.evaluation.report;

import java.util.Locale;

/** The parts that charts are drawn of, as SVG. The page's style sheet has the colours. */
final class Svg {
  static final int WIDTH = 420;
  private static final int COLOURS = 8;
  private static final int CAP = 4; // half of the length of an error bar's end

  private final StringBuilder out = new StringBuilder();

  Svg markup(String markup) {
    out.append(markup);
    return this;
  }

  Svg text(String text) {
    return markup(Markup.escape(text));
  }

  void begin(String title, int height) {
    markup("<svg class=\"chart\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\"");
    markup(" viewBox=\"0 0 " + WIDTH + " " + height + "\">\n<title>").text(title);
    markup("</title>\n");
  }

  void beginSeries(int index) {
    markup("<g class=\"series s" + index % COLOURS + "\">");
  }

  void line(String kind, double x1, double y1, double x2, double y2) {
    markup("<line class=\"" + kind + "\" x1=\"" + format(x1) + "\" y1=\"" + format(y1));
    markup("\" x2=\"" + format(x2) + "\" y2=\"" + format(y2) + "\"/>\n");
  }

  void text(double x, double y, String anchor, String text) {
    text(x, y, anchor, "", text);
  }

  /**
   * Writes text.
   *
   * @param anchor which part of the text is at x: start, middle or end
   * @param more attributes, with a space before each
   */
  void text(double x, double y, String anchor, String more, String text) {
    markup("<text x=\"" + format(x) + "\" y=\"" + format(y));
    markup("\" text-anchor=\"" + anchor + "\"" + more + ">").text(text).markup("</text>\n");
  }

  void verticalErrorBar(double x, double low, double high) {
    markup("<path class=\"error\" d=\"M" + point(x, low) + "V" + format(high));
    for (double end : new double[] {low, high}) {
      markup("M" + point(x - CAP, end) + "h" + 2 * CAP);
    }
    markup("\"/>\n");
  }

  void horizontalErrorBar(double low, double high, double y) {
    markup("<path class=\"error\" d=\"M" + point(low, y) + "H" + format(high));
    for (double end : new double[] {low, high}) {
      markup("M" + point(end, y - CAP) + "v" + 2 * CAP);
    }
    markup("\"/>\n");
  }

  /** A mark whose shape tells series apart, so that they need no colours. */
  void mark(int index, double x, double y) {
    markup("<path class=\"mark\" d=\"M" + point(x, y));
    markup(
        switch (index % 4) {
          case 0 -> "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z";
          case 1 -> "m-3.5 -3.5h7v7h-7z";
          case 2 -> "m0 -4.5l4.5 8h-9z";
          default -> "m0 -5l5 5l-5 5l-5 -5z";
        });
    markup("\"/>\n");
  }

  static String point(double x, double y) {
    return format(x) + " " + format(y);
  }

  static String format(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** A number on an axis, with as few digits as it has. */
  static String tick(double value) {
    String text = String.format(Locale.ROOT, "%.6f", value);
    text = text.replaceFirst("\\.?0+$", "");
    return text.equals("-0") ? "0" : text;
  }

  /** Whether an estimate has an interval that can be drawn. */
  static boolean hasInterval(Estimate estimate) {
    return estimate.low() < estimate.high()
        && Double.isFinite(estimate.low())
        && Double.isFinite(estimate.high());
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
