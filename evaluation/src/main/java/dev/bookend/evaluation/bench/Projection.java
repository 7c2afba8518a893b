package dev.bookend.evaluation.bench;

import dev.bookend.evaluation.report.Chart;
import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.Estimate;
import dev.bookend.evaluation.report.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Speed at a round trip that was not measured, from others that were; checked by leaving out each
 * measured one in turn.
 *
 * <p>The plain model is that of arXiv 2602.16760: tokens/s = acceptance / (RTT + fixed overhead),
 * both means over the measured round trips. The improved one knows that a round trip also takes as
 * long as its bytes need on the link, the jitter that is to be expected, and a time for computing
 * that grows with the tokens sent; and that how many are sent, and so accepted, follows the round
 * trip, where the cost model decides.
 */
public final class Projection {
  /** Fewer leave nothing to fit when one is left out. */
  public static final int FEWEST_ROUND_TRIPS = 3;

  /** The largest error of the paper's own cross-validation, in percent. */
  private static final double PAPER_ERROR = 6.2;

  /** One way of decoding at one round trip; times in seconds, each for a round trip. */
  record Point(
      double rtt,
      double link,
      double acceptance,
      double tokens,
      double total,
      double computing,
      double speed) {}

  /** A measured speed beside what the models foretell from the other round trips. */
  record Check(String line, double rttMs, double measured, double plain, double improved) {
    double plainError() {
      return 100 * Math.abs(plain / measured - 1);
    }

    double improvedError() {
      return 100 * Math.abs(improved / measured - 1);
    }
  }

  private final List<Check> checks = new ArrayList<>();

  /**
   * @param conditions those of the measurements
   */
  public Projection(List<Measurement> all, List<Condition> conditions) {
    Map<String, Condition> links = new HashMap<>();
    conditions.forEach(condition -> links.put(condition.linkText(), condition));
    Map<String, Map<String, List<Measurement>>> lines = new LinkedHashMap<>();
    boolean splits = all.stream().map(Measurement::split).distinct().count() > 1;
    for (Measurement m : all) {
      String line = m.way() + (splits ? ", split " + m.split() : "");
      lines
          .computeIfAbsent(line, key -> new LinkedHashMap<>())
          .computeIfAbsent(m.link(), key -> new ArrayList<>())
          .add(m);
    }
    lines.forEach(
        (line, byLink) -> {
          List<Point> points =
              byLink.entrySet().stream()
                  .filter(e -> e.getValue().stream().anyMatch(Measurement::hasSteps))
                  .map(e -> point(e.getValue(), links.get(e.getKey())))
                  .sorted(Comparator.comparingDouble(Point::rtt))
                  .toList();
          if (points.size() >= FEWEST_ROUND_TRIPS) {
            check(line, points);
          }
        });
  }

  private static Point point(List<Measurement> ms, Condition condition) {
    double steps = BenchReport.sum(ms, Measurement::roundTrips);
    ToDoubleFunction<ToDoubleFunction<Measurement>> perStep =
        value -> BenchReport.sum(ms, value) / steps;
    double rtt = condition.millis() / 1e3;
    double link = rtt;
    if (condition.link().isPresent()) {
      var profile = condition.link().get();
      link += profile.jitter().toNanos() / 1e9; // half of it each way, on average
      if (profile.upBitsPerSecond().isPresent()) {
        link +=
            8
                * perStep.applyAsDouble(Measurement::bytesSent)
                / profile.upBitsPerSecond().getAsLong();
      }
      if (profile.downBitsPerSecond().isPresent()) {
        link +=
            8
                * perStep.applyAsDouble(Measurement::bytesReceived)
                / profile.downBitsPerSecond().getAsLong();
      }
    }
    double total = perStep.applyAsDouble(Measurement::decodeMs) / 1e3;
    return new Point(
        rtt,
        link,
        BenchReport.acceptance(ms),
        perStep.applyAsDouble(Measurement::sentTokens),
        total,
        total - link,
        BenchReport.acceptance(ms) / total);
  }

  private void check(String line, List<Point> points) {
    for (Point held : points) {
      List<Point> others = points.stream().filter(point -> point.rtt() != held.rtt()).toList();
      checks.add(
          new Check(
              line,
              1e3 * held.rtt(),
              held.speed(),
              plain(others, held.rtt()),
              improved(others, held)));
    }
  }

  static double plain(List<Point> known, double rtt) {
    return mean(known, Point::acceptance)
        / (rtt + mean(known, point -> point.total() - point.rtt()));
  }

  /**
   * @param held its round trip is used, and of what was measured there only the link's own part
   */
  static double improved(List<Point> known, Point held) {
    double acceptance = between(known, held.rtt(), Point::acceptance);
    double tokens = between(known, held.rtt(), Point::tokens);
    double extra = between(known, held.rtt(), point -> point.link() - point.rtt());
    return acceptance / (held.rtt() + extra + computing(known, tokens));
  }

  /** Least squares in the tokens sent; their mean where these hardly differ. */
  private static double computing(List<Point> known, double tokens) {
    double meanTokens = mean(known, Point::tokens);
    double meanTime = mean(known, Point::computing);
    double variance = mean(known, p -> Math.pow(p.tokens() - meanTokens, 2));
    double covariance = mean(known, p -> (p.tokens() - meanTokens) * (p.computing() - meanTime));
    boolean varies = Math.sqrt(variance) > 0.05 * meanTokens;
    // More tokens never take less time: what looks so is noise.
    double slope = varies ? Math.max(0, covariance / variance) : 0;
    return meanTime + slope * (tokens - meanTokens);
  }

  /** Linear between the two measured round trips around it; the nearest one's beyond them. */
  private static double between(List<Point> known, double rtt, ToDoubleFunction<Point> value) {
    Point below = null;
    for (Point point : known) {
      if (point.rtt() >= rtt) {
        if (below == null) {
          return value.applyAsDouble(point);
        }
        double share = (rtt - below.rtt()) / (point.rtt() - below.rtt());
        double low = value.applyAsDouble(below);
        return low + share * (value.applyAsDouble(point) - low);
      }
      below = point;
    }
    return value.applyAsDouble(below);
  }

  private static double mean(List<Point> points, ToDoubleFunction<Point> value) {
    return points.stream().mapToDouble(value).average().orElseThrow();
  }

  List<Check> checks() {
    return List.copyOf(checks);
  }

  String summary() {
    if (checks.isEmpty()) {
      return "Too few round trips were measured to check a projection.";
    }
    double[] plain = checks.stream().mapToDouble(Check::plainError).sorted().toArray();
    double[] improved = checks.stream().mapToDouble(Check::improvedError).sorted().toArray();
    return String.format(
        Locale.ROOT,
        "Projected to round trips left out of the fit: median error %.1f %%, worst %.1f %%; by the"
            + " paper's formula median %.1f %%, worst %.1f %% (the paper's own: up to %.1f %%).",
        median(improved),
        improved[improved.length - 1],
        median(plain),
        plain[plain.length - 1],
        PAPER_ERROR);
  }

  private static double median(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  List<Table> tables() {
    List<List<Object>> rows = new ArrayList<>();
    for (Check check : checks) {
      rows.add(
          List.of(
              check.line(),
              check.rttMs(),
              check.measured(),
              check.plain(),
              check.plainError(),
              check.improved(),
              check.improvedError()));
    }
    return List.of(
        new Table(
            "projection",
            "Speed projected to each round trip from the others",
            List.of(
                Column.of("decoding"),
                new Column("round trip", "ms"),
                new Column("measured", "tokens/s"),
                new Column("paper's formula", "tokens/s"),
                new Column("error", "%"),
                new Column("improved", "tokens/s"),
                new Column("error of it", "%")),
            rows));
  }

  List<Chart> charts() {
    Map<String, List<Chart.Point>> lines = new LinkedHashMap<>();
    for (Check check : checks) {
      add(lines, check.line() + ", measured", check.rttMs(), check.measured());
      add(lines, check.line() + ", projected", check.rttMs(), check.improved());
    }
    return List.of(
        new Chart(
            "Speed measured, and projected from the other round trips",
            new Chart.Axis("round trip of the link", "ms"),
            new Chart.Axis("speed", "tokens/s"),
            lines.entrySet().stream()
                .map(e -> new Chart.Series(e.getKey(), e.getValue()))
                .toList()));
  }

  private static void add(Map<String, List<Chart.Point>> lines, String name, double x, double y) {
    lines
        .computeIfAbsent(name, key -> new ArrayList<>())
        .add(new Chart.Point(x, Estimate.exact(y)));
  }
}
