package dev.bookend.evaluation.report;

import static dev.bookend.evaluation.report.Markup.escape;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * A chart as SVG within a figure, with a legend. Series differ in colour, mark and dash, so that
 * they can be told apart without colours too. The page's style sheet has the colours.
 */
final class SvgChart {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 300;
  private static final int LEFT = 58;
  private static final int RIGHT = 14;
  private static final int TOP = 12;
  private static final int BOTTOM = 48;
  private static final int COLOURS = 8;

  /** Series lie side by side, so that error bars at the same place do not hide each other. */
  private static final double APART = 4;

  private static final String[] DASHES = {"", "7 3", "2 3", "9 3 2 3"};

  private final Chart chart;

  /** From the middle of a point to the series farthest aside. */
  private final double aside;

  private final Scale x;
  private final Scale y;
  private final StringBuilder out = new StringBuilder();

  private SvgChart(Chart chart) {
    this.chart = chart;
    boolean bars = points().anyMatch(p -> p.y().low() < p.y().high());
    this.aside = bars ? APART * (chart.series().size() - 1) / 2 : 0;
    double[] xs = points().mapToDouble(Chart.Point::x).filter(Double::isFinite).toArray();
    double[] ys =
        points()
            .map(Chart.Point::y)
            .flatMapToDouble(e -> DoubleStream.of(e.low(), e.mean(), e.high()))
            .filter(Double::isFinite)
            .toArray();
    this.x = Scale.around(DoubleStream.of(xs).min().orElse(0), DoubleStream.of(xs).max().orElse(1));
    this.y =
        Scale.fromZero(DoubleStream.of(ys).min().orElse(0), DoubleStream.of(ys).max().orElse(1));
  }

  static String of(Chart chart) {
    SvgChart drawing = new SvgChart(chart);
    drawing.draw();
    return drawing.out.toString();
  }

  private Stream<Chart.Point> points() {
    return chart.series().stream()
        .flatMap(series -> Stream.concat(series.points().stream(), series.curve().stream()));
  }

  private void draw() {
    out.append("<figure>\n<figcaption>").append(escape(chart.title())).append("</figcaption>\n");
    out.append("<ul class=\"legend\">\n");
    for (int i = 0; i < chart.series().size(); i++) {
      out.append("<li><svg viewBox=\"0 0 44 20\" xmlns=\"http://www.w3.org/2000/svg\">");
      beginSeries(i);
      out.append("<path d=\"M2 10H42\"").append(dash(i)).append("/>");
      mark(i, 22, 10);
      out.append("</g></svg>").append(escape(chart.series().get(i).name())).append("</li>\n");
    }
    out.append("</ul>\n<svg class=\"chart\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\"");
    out.append(" viewBox=\"0 0 ").append(WIDTH).append(' ').append(HEIGHT).append("\">\n<title>");
    out.append(escape(chart.title())).append("</title>\n");
    axes();
    for (int i = 0; i < chart.series().size(); i++) {
      series(i, chart.series().get(i));
    }
    out.append("</svg>\n</figure>\n");
  }

  private void axes() {
    int bottom = HEIGHT - BOTTOM;
    int right = WIDTH - RIGHT;
    for (double tick : y.ticks()) {
      line("grid", LEFT, atY(tick), right, atY(tick));
      text(LEFT - 8, atY(tick) + 4, "end", "", tickText(tick));
    }
    for (double tick : x.ticks()) {
      line("axis", atX(tick), bottom, atX(tick), bottom + 5);
      text(atX(tick), bottom + 19, "middle", "", tickText(tick));
    }
    line("axis", LEFT, bottom, right, bottom);
    line("axis", LEFT, TOP, LEFT, bottom);
    text((LEFT + right) / 2.0, HEIGHT - 8, "middle", "", label(chart.x()));
    double middle = (TOP + bottom) / 2.0;
    text(
        16,
        middle,
        "middle",
        " transform=\"rotate(-90 16 " + format(middle) + ")\"",
        label(chart.y()));
  }

  private static String label(Chart.Axis axis) {
    return axis.unit().isEmpty() ? axis.label() : axis.label() + " (" + axis.unit() + ")";
  }

  private static List<Chart.Point> drawable(List<Chart.Point> points) {
    return points.stream()
        .filter(p -> Double.isFinite(p.x()) && Double.isFinite(p.y().mean()))
        .toList();
  }

  private void series(int index, Chart.Series series) {
    List<Chart.Point> points = drawable(series.points());
    List<Chart.Point> line = series.curve().isEmpty() ? points : drawable(series.curve());
    double right = aside == 0 ? 0 : APART * index - aside;
    beginSeries(index);
    String path =
        line.stream()
            .map(p -> format(atX(p.x()) + right) + " " + format(atY(p.y().mean())))
            .collect(Collectors.joining("L"));
    if (line.size() > 1) {
      out.append("<path d=\"M").append(path).append('"').append(dash(index)).append("/>\n");
    }
    for (Chart.Point point : points) {
      double px = atX(point.x()) + right;
      Estimate e = point.y();
      if (e.low() < e.high() && Double.isFinite(e.high() - e.low())) {
        double low = atY(e.low());
        double high = atY(e.high());
        out.append("<path class=\"error\" d=\"M")
            .append(format(px))
            .append(' ')
            .append(format(low));
        out.append('V').append(format(high));
        for (double end : new double[] {low, high}) {
          out.append('M').append(format(px - 4)).append(' ').append(format(end)).append("h8");
        }
        out.append("\"/>\n");
      }
      mark(index, px, atY(e.mean()));
    }
    out.append("</g>\n");
  }

  private void beginSeries(int index) {
    out.append("<g class=\"series s").append(index % COLOURS).append("\">");
  }

  private static String dash(int index) {
    String dash = DASHES[index % DASHES.length];
    return dash.isEmpty() ? "" : " stroke-dasharray=\"" + dash + "\"";
  }

  private void mark(int index, double px, double py) {
    String at = format(px) + " " + format(py);
    out.append("<path class=\"mark\" d=\"M").append(at);
    out.append(
        switch (index % 4) {
          case 0 -> "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z";
          case 1 -> "m-3.5 -3.5h7v7h-7z";
          case 2 -> "m0 -4.5l4.5 8h-9z";
          default -> "m0 -5l5 5l-5 5l-5 -5z";
        });
    out.append("\"/>\n");
  }

  private void line(String kind, double x1, double y1, double x2, double y2) {
    out.append("<line class=\"").append(kind).append("\" x1=\"").append(format(x1));
    out.append("\" y1=\"").append(format(y1)).append("\" x2=\"").append(format(x2));
    out.append("\" y2=\"").append(format(y2)).append("\"/>\n");
  }

  private void text(double px, double py, String anchor, String more, String text) {
    out.append("<text x=\"").append(format(px)).append("\" y=\"").append(format(py));
    out.append("\" text-anchor=\"").append(anchor).append('"').append(more).append('>');
    out.append(escape(text)).append("</text>\n");
  }

  private double atX(double value) {
    return LEFT + aside + x.at(value) * (WIDTH - LEFT - RIGHT - 2 * aside);
  }

  private double atY(double value) {
    return HEIGHT - BOTTOM - y.at(value) * (HEIGHT - TOP - BOTTOM);
  }

  private static String format(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** As few digits as the number has. */
  private static String tickText(double value) {
    String text = String.format(Locale.ROOT, "%.6f", value);
    text = text.replaceFirst("\\.?0+$", "");
    return text.equals("-0") ? "0" : text;
  }
}
