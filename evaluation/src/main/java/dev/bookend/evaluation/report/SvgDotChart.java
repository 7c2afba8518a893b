package dev.bookend.evaluation.report;

import java.util.List;
import java.util.stream.DoubleStream;

/**
 * A dot chart as SVG within a figure. Each name stands above its dot, so that long names do not
 * take room from the axis on a narrow screen.
 */
final class SvgDotChart {
  private static final int LEFT = 14;
  private static final int RIGHT = 14;
  private static final int ROW = 40;
  private static final int BOTTOM = 48;

  private final DotChart chart;
  private final List<DotChart.Dot> dots;
  private final Scale x;
  private final Svg out = new Svg();

  private SvgDotChart(DotChart chart) {
    this.chart = chart;
    this.dots = chart.dots().stream().filter(dot -> Double.isFinite(dot.x().mean())).toList();
    this.x =
        Scale.fromZero(
            dots.stream()
                .map(DotChart.Dot::x)
                .flatMapToDouble(e -> DoubleStream.of(e.low(), e.mean(), e.high())));
  }

  static String of(DotChart chart) {
    SvgDotChart drawing = new SvgDotChart(chart);
    drawing.draw();
    return drawing.out.toString();
  }

  private void draw() {
    int bottom = ROW * dots.size();
    int right = Svg.WIDTH - RIGHT;
    out.markup("<figure>\n<figcaption>").text(chart.title()).markup("</figcaption>\n");
    out.begin(chart.title(), bottom + BOTTOM);
    for (double tick : x.ticks()) {
      out.line("grid", atX(tick), 0, atX(tick), bottom + 5);
      out.text(atX(tick), bottom + 19, "middle", Svg.tick(tick));
    }
    out.line("axis", LEFT, bottom, right, bottom);
    out.text((LEFT + right) / 2.0, bottom + BOTTOM - 8, "middle", chart.x().heading());
    for (int i = 0; i < dots.size(); i++) {
      dot(dots.get(i), ROW * i);
    }
    out.markup("</svg>\n</figure>\n");
  }

  private void dot(DotChart.Dot dot, int top) {
    Estimate value = dot.x();
    double middle = top + 28;
    out.text(LEFT, top + 15, "start", dot.name());
    out.text(Svg.WIDTH - RIGHT, top + 15, "end", Cell.text(value));
    out.beginSeries(0);
    if (Svg.hasInterval(value)) {
      out.horizontalErrorBar(atX(value.low()), atX(value.high()), middle);
    }
    out.mark(0, atX(value.mean()), middle);
    out.markup("</g>\n");
  }

  private double atX(double value) {
    return LEFT + x.at(value) * (Svg.WIDTH - LEFT - RIGHT);
  }
}
