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
  private static final int LINE = 16;
  private static final int LONGEST_NAME = 30; // characters that fit beside a value
  private static final int BOTTOM = 48;

  private final DotChart chart;
  private final List<DotChart.Dot> dots;
  private final int nameLine; // height of a line for the name alone, where names are long
  private final Scale x;
  private final Svg out = new Svg();

  private SvgDotChart(DotChart chart) {
    this.chart = chart;
    this.dots = chart.dots().stream().filter(dot -> Double.isFinite(dot.x().mean())).toList();
    this.nameLine = dots.stream().anyMatch(dot -> dot.name().length() > LONGEST_NAME) ? LINE : 0;
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
    int row = ROW + nameLine;
    int bottom = row * dots.size();
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
      dot(dots.get(i), row * i);
    }
    out.markup("</svg>\n</figure>\n");
  }

  private void dot(DotChart.Dot dot, int top) {
    Estimate value = dot.x();
    double middle = top + nameLine + 28;
    out.text(LEFT + 5, top + 15, "start", dot.name());
    out.text(Svg.WIDTH - RIGHT, top + nameLine + 15, "end", Cell.text(value));
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
