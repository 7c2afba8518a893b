package dev.bookend.evaluation.report;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * A line chart as SVG within a figure, with a legend. Series differ in colour, mark and dash, so
 * that they can be told apart without colours too.
 */
final class SvgLineChart {
  private static final int HEIGHT = 300;
  private static final int LEFT = 58;
  private static final int RIGHT = 14;
  private static final int TOP = 12;
  private static final int BOTTOM = 48;

  /** Series lie side by side, so that error bars at the same place do not hide each other. */
  private static final double APART = 4;

  private static final String[] DASHES = {"", "7 3", "2 3", "9 3 2 3"};

  private final LineChart chart;

  /** From the middle of a point to the series farthest aside. */
  private final double aside;

  private final Scale x;
  private final Scale y;
  private final Svg out = new Svg();

  private SvgLineChart(LineChart chart) {
    this.chart = chart;
    boolean bars = points().anyMatch(p -> p.y().low() < p.y().high());
    this.aside = bars ? APART * (chart.series().size() - 1) / 2 : 0;
    this.x = Scale.around(points().mapToDouble(LineChart.Point::x));
    this.y =
        Scale.fromZero(
            points()
                .map(LineChart.Point::y)
                .flatMapToDouble(e -> DoubleStream.of(e.low(), e.mean(), e.high())));
  }

  static String of(LineChart chart) {
    SvgLineChart drawing = new SvgLineChart(chart);
    drawing.draw();
    return drawing.out.toString();
  }

  private Stream<LineChart.Point> points() {
    return chart.series().stream()
        .flatMap(series -> Stream.concat(series.points().stream(), series.curve().stream()));
  }

  private void draw() {
    out.markup("<figure>\n<figcaption>").text(chart.title()).markup("</figcaption>\n");
    out.markup("<ul class=\"legend\">\n");
    for (int i = 0; i < chart.series().size(); i++) {
      out.markup("<li><svg viewBox=\"0 0 44 20\" xmlns=\"http://www.w3.org/2000/svg\">");
      out.beginSeries(i);
      out.markup("<path d=\"M2 10H42\"" + dash(i) + "/>");
      out.mark(i, 22, 10);
      out.markup("</g></svg>").text(chart.series().get(i).name()).markup("</li>\n");
    }
    out.markup("</ul>\n");
    out.begin(chart.title(), HEIGHT);
    axes();
    for (int i = 0; i < chart.series().size(); i++) {
      series(i, chart.series().get(i));
    }
    out.markup("</svg>\n</figure>\n");
  }

  private void axes() {
    int bottom = HEIGHT - BOTTOM;
    int right = Svg.WIDTH - RIGHT;
    for (double tick : y.ticks()) {
      out.line("grid", LEFT, atY(tick), right, atY(tick));
      out.text(LEFT - 8, atY(tick) + 4, "end", Svg.tick(tick));
    }
    for (double tick : x.ticks()) {
      out.line("axis", atX(tick), bottom, atX(tick), bottom + 5);
      out.text(atX(tick), bottom + 19, "middle", Svg.tick(tick));
    }
    out.line("axis", LEFT, bottom, right, bottom);
    out.line("axis", LEFT, TOP, LEFT, bottom);
    out.text((LEFT + right) / 2.0, HEIGHT - 8, "middle", chart.x().heading());
    double middle = (TOP + bottom) / 2.0;
    String turned = " transform=\"rotate(-90 16 " + Svg.format(middle) + ")\"";
    out.text(16, middle, "middle", turned, chart.y().heading());
  }

  private static List<LineChart.Point> drawable(List<LineChart.Point> points) {
    return points.stream()
        .filter(p -> Double.isFinite(p.x()) && Double.isFinite(p.y().mean()))
        .toList();
  }

  private void series(int index, LineChart.Series series) {
    List<LineChart.Point> points = drawable(series.points());
    List<LineChart.Point> line = series.curve().isEmpty() ? points : drawable(series.curve());
    double right = aside == 0 ? 0 : APART * index - aside;
    out.beginSeries(index);
    String path =
        line.stream()
            .map(p -> Svg.point(atX(p.x()) + right, atY(p.y().mean())))
            .collect(Collectors.joining("L"));
    if (line.size() > 1) {
      out.markup("<path d=\"M" + path + "\"" + dash(index) + "/>\n");
    }
    for (LineChart.Point point : points) {
      double px = atX(point.x()) + right;
      if (Svg.hasInterval(point.y())) {
        out.verticalErrorBar(px, atY(point.y().low()), atY(point.y().high()));
      }
      out.mark(index, px, atY(point.y().mean()));
    }
    out.markup("</g>\n");
  }

  private static String dash(int index) {
    String dash = DASHES[index % DASHES.length];
    return dash.isEmpty() ? "" : " stroke-dasharray=\"" + dash + "\"";
  }

  private double atX(double value) {
    return LEFT + aside + x.at(value) * (Svg.WIDTH - LEFT - RIGHT - 2 * aside);
  }

  private double atY(double value) {
    return HEIGHT - BOTTOM - y.at(value) * (HEIGHT - TOP - BOTTOM);
  }
}
