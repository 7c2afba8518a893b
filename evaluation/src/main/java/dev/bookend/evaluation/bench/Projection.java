package dev.bookend.evaluation.bench;

import dev.bookend.evaluation.bench.SpeedModel.Sample;
import dev.bookend.evaluation.report.Chart;
import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.Estimate;
import dev.bookend.evaluation.report.LineChart;
import dev.bookend.evaluation.report.Table;
import dev.bookend.link.LinkProfile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Projects the speed at a round trip from measurements at other round trips, and checks the
 * projection by leaving out each measured round trip in turn. Projects by {@link SpeedModel}, and
 * by the formula of arXiv 2602.16760: tokens/s = acceptance / (RTT + fixed overhead), where
 * acceptance and overhead are means over the other round trips.
 */
public final class Projection {
  /** With fewer round trips, too few are left to fit a line when one is left out. */
  public static final int FEWEST_ROUND_TRIPS = 3;

  /** The largest error of the paper's own cross-validation, in percent. */
  private static final double PAPER_ERROR = 6.2;

  /** A measured speed and its projections from the other round trips, in tokens/s. */
  record Check(String line, double rttMs, Estimate measured, double projected, double byFormula) {
    double error() {
      return 100 * Math.abs(projected / measured.mean() - 1);
    }

    double formulaError() {
      return 100 * Math.abs(byFormula / measured.mean() - 1);
    }
  }

  /** One decoder configuration over one link. */
  private record Point(LinkProfile link, List<Measurement> answers) {
    double rttMs() {
      return answers.get(0).rttMs();
    }

    String split() {
      return answers.get(0).split();
    }

    double acceptance() {
      return BenchReport.acceptance(answers);
    }

    double overheadMs() {
      double steps = BenchReport.sum(answers, Measurement::roundTrips);
      return BenchReport.sum(answers, Measurement::decodeMs) / steps - rttMs();
    }

    Estimate speed() {
      return BenchReport.speed(answers);
    }

    Stream<Sample> samples() {
      return answers.stream().map(measured -> new Sample(measured, link));
    }
  }

  private final Map<String, List<Point>> lines = new LinkedHashMap<>();
  private final List<Check> checks = new ArrayList<>();

  /**
   * Projects.
   *
   * @param scenarios those of the measurements, with a link each
   */
  public Projection(List<Measurement> all, List<Scenario> scenarios) {
    Map<String, LinkProfile> links = new HashMap<>();
    scenarios.forEach(scenario -> links.put(scenario.linkText(), scenario.link().orElseThrow()));
    boolean splits = all.stream().map(Measurement::split).distinct().count() > 1;
    Map<String, Map<String, List<Measurement>>> measured = new LinkedHashMap<>();
    all.stream()
        .filter(Measurement::hasRoundTrips)
        .forEach(
            m ->
                measured
                    .computeIfAbsent(
                        m.decoder() + (splits ? ", split " + m.split() : ""),
                        key -> new LinkedHashMap<>())
                    .computeIfAbsent(m.link(), key -> new ArrayList<>())
                    .add(m));
    measured.forEach(
        (line, byLink) -> {
          List<Point> points =
              byLink.entrySet().stream()
                  .map(e -> new Point(links.get(e.getKey()), e.getValue()))
                  .sorted(Comparator.comparingDouble(Point::rttMs))
                  .toList();
          if (points.size() >= FEWEST_ROUND_TRIPS) {
            lines.put(line, points);
          }
        });
    lines.forEach((line, points) -> points.forEach(held -> check(line, points, held)));
  }

  private void check(String line, List<Point> points, Point held) {
    Predicate<Point> known = point -> !point.link().equals(held.link());
    List<Point> others = points.stream().filter(known).toList();
    double byFormula =
        1e3 * mean(others, Point::acceptance) / (held.rttMs() + mean(others, Point::overheadMs));
    double projected = model(points, known).speed(held.link());
    checks.add(new Check(line, held.rttMs(), held.speed(), projected, byFormula));
  }

  private static double mean(List<Point> points, ToDoubleFunction<Point> value) {
    return points.stream().mapToDouble(value).average().orElseThrow();
  }

  private SpeedModel model(List<Point> points, Predicate<Point> known) {
    Stream<Point> alike =
        lines.values().stream()
            .flatMap(List::stream)
            .filter(point -> point.split().equals(points.get(0).split()));
    return SpeedModel.fit(samples(points.stream(), known), samples(alike, known));
  }

  private static List<Sample> samples(Stream<Point> points, Predicate<Point> known) {
    return points.filter(known).flatMap(Point::samples).toList();
  }

  List<Check> checks() {
    return List.copyOf(checks);
  }

  String summary() {
    if (checks.isEmpty()) {
      return "Too few round trips were measured to check a projection.";
    }
    double[] errors = errors(checks, Check::error);
    double[] formula = errors(checks, Check::formulaError);
    return String.format(
        Locale.ROOT,
        "Speed projected to round trips left out of the fit: median error %.1f %%, worst %.1f %%."
            + " By the formula of arXiv 2602.16760: median %.1f %%, worst %.1f %% (that paper's own"
            + " measurements: up to %.1f %%).",
        median(errors),
        worst(errors),
        median(formula),
        worst(formula),
        PAPER_ERROR);
  }

  /** In rising order. */
  private static double[] errors(List<Check> checks, ToDoubleFunction<Check> error) {
    return checks.stream().mapToDouble(error).sorted().toArray();
  }

  private static double median(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static double worst(double[] sorted) {
    return sorted[sorted.length - 1];
  }

  List<Table> tables() {
    return List.of(errorTable(), checkTable(), termTable());
  }

  private Table errorTable() {
    List<List<Object>> rows = new ArrayList<>();
    lines
        .keySet()
        .forEach(
            line ->
                rows.add(
                    errorRow(line, checks.stream().filter(c -> c.line().equals(line)).toList())));
    if (rows.size() > 1) {
      rows.add(errorRow("all", checks));
    }
    return new Table(
        "projection-errors",
        "Error of the projection at round trips left out of its fit",
        List.of(
            Column.of("decoding"),
            new Column("median error", "%"),
            new Column("worst error", "%"),
            new Column("paper's formula: median", "%"),
            new Column("worst", "%")),
        rows);
  }

  private static List<Object> errorRow(String name, List<Check> checks) {
    double[] errors = errors(checks, Check::error);
    double[] formula = errors(checks, Check::formulaError);
    return List.of(name, median(errors), worst(errors), median(formula), worst(formula));
  }

  private Table checkTable() {
    return new Table(
        "projection",
        "Speed projected to each round trip from the other round trips",
        List.of(
            Column.of("decoding"),
            new Column("round trip", "ms"),
            new Column("measured", "tokens/s"),
            new Column("projected", "tokens/s"),
            new Column("error", "%"),
            new Column("paper's formula", "tokens/s"),
            new Column("its error", "%")),
        checks.stream()
            .map(
                check ->
                    List.<Object>of(
                        check.line(),
                        plain(check.rttMs()),
                        check.measured(),
                        check.projected(),
                        check.error(),
                        check.byFormula(),
                        check.formulaError()))
            .toList());
  }

  private Table termTable() {
    List<List<Object>> rows = new ArrayList<>();
    lines.forEach(
        (line, points) -> {
          SpeedModel model = model(points, point -> true);
          for (Point point : points) {
            LinkProfile link = point.link();
            rows.add(
                List.of(
                    line,
                    plain(point.rttMs()),
                    model.tokens(link),
                    model.accepted(link),
                    model.onTheLink(link),
                    model.computing(link),
                    model.computing().slope(),
                    model.drafting(link),
                    model.ahead(link)));
          }
        });
    return new Table(
        "projection-terms",
        "Terms of the projection, fitted to all round trips",
        List.of(
            Column.of("decoding"),
            new Column("round trip", "ms"),
            new Column("sent", "tokens"),
            new Column("accepted", "tokens"),
            new Column("link", "ms"),
            new Column("computing", "ms"),
            new Column("… each token more", "ms"),
            new Column("drafting", "ms"),
            new Column("ahead", "share")),
        rows);
  }

  /** Most round trips are whole numbers of milliseconds, and are easier to read as such. */
  private static Number plain(double millis) {
    if (millis == Math.rint(millis)) {
      return Math.round(millis);
    }
    return millis;
  }

  List<Chart> charts() {
    List<LineChart.Series> series = new ArrayList<>();
    lines.forEach(
        (line, points) -> {
          List<Check> own = checks.stream().filter(c -> c.line().equals(line)).toList();
          series.add(
              new LineChart.Series(
                  line,
                  own.stream().map(c -> new LineChart.Point(c.rttMs(), c.measured())).toList(),
                  own.stream()
                      .map(c -> new LineChart.Point(c.rttMs(), Estimate.exact(c.projected())))
                      .toList()));
        });
    return List.of(
        new LineChart(
            "Speed: measured (marks), and projected from the other round trips (lines)",
            new Chart.Axis("round trip of the link", "ms"),
            new Chart.Axis("speed", "tokens/s"),
            series));
  }

  List<String> notes() {
    return List.of(
        "Projection: tokens/s = accepted / (link + computing + drafting). The link takes its round"
            + " trip, its jitter, bytes / bandwidth, and one more round trip for each lost packet;"
            + " steps sent ahead take no time on the link. Computing (edge, cloud, gRPC) is a straight"
            + " line over the tokens sent, with the same slope for all decoder configurations. Tokens"
            + " sent, tokens accepted, drafting and the share sent ahead are straight lines over ln(1 +"
            + " round trip / all other time), because the cost model makes and sends more draft tokens"
            + " the longer it waits. All lines are least-squares fits over the answers at the other"
            + " round trips, each weighted by its number of round trips.",
        "In sequential decoding nothing depends on the round trip: its error shows how unsteady the"
            + " machine was, and the error of other configurations cannot be expected to be smaller.",
        "The paper's formula is tokens/s = acceptance / (round trip + fixed overhead), both means"
            + " over the other round trips.");
  }
}
