package dev.bookend.evaluation.bench;

import dev.bookend.evaluation.report.Chart;
import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.DotChart;
import dev.bookend.evaluation.report.Estimate;
import dev.bookend.evaluation.report.LineChart;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Measurements as a report: tables, charts, and whether all answers are those of plain decoding.
 */
public final class BenchReport {
  private static final String NGRAM = "ngram:";
  private static final Chart.Axis SPEED = new Chart.Axis("speed", "tokens/s");
  private static final Chart.Axis PER_ROUND_TRIP = new Chart.Axis("tokens per round trip", "");

  private final List<Measurement> all;
  private final Map<String, Measurement> sequential = new LinkedHashMap<>();
  private final Set<String> categories = new LinkedHashSet<>();
  private final Map<Row, List<Measurement>> rows = new LinkedHashMap<>();

  /** What the measurements in a row of a table have in common. */
  private record Row(String split, String link, String decoder) {
    static Row of(Measurement m) {
      return new Row(m.split(), m.link(), m.decoder());
    }

    boolean isSequential() {
      return decoder.equals(DecoderConfiguration.SEQUENTIAL.name());
    }

    boolean sameScenario(Row other) {
      return split.equals(other.split) && link.equals(other.link);
    }
  }

  /**
   * @param measurements with those of sequential decoding among them
   */
  public BenchReport(Collection<Measurement> measurements) {
    this.all = List.copyOf(measurements);
    for (Measurement m : all) {
      if (Row.of(m).isSequential()) {
        sequential.put(place(m), m);
      }
      categories.add(m.category());
    }
    for (Measurement m : ordered()) {
      rows.computeIfAbsent(Row.of(m), key -> new ArrayList<>()).add(m);
    }
  }

  /**
   * By scenario, then by decoder configuration, both in the order in which they first occur: they
   * take turns in coming first.
   */
  private List<Measurement> ordered() {
    List<String> decoders = all.stream().map(Measurement::decoder).distinct().toList();
    List<String> scenarios = all.stream().map(m -> m.split() + m.link()).distinct().toList();
    return all.stream()
        .sorted(
            Comparator.comparingInt((Measurement m) -> scenarios.indexOf(m.split() + m.link()))
                .thenComparingInt(m -> decoders.indexOf(m.decoder()))
                .thenComparingInt(Measurement::prompt))
        .toList();
  }

  private static String place(Measurement m) {
    return m.split() + " " + m.link() + " " + m.prompt();
  }

  private Measurement sequential(Measurement m) {
    return sequential.get(place(m));
  }

  private Comparison comparison(Measurement m) {
    Measurement expected = sequential(m);
    return Comparison.of(expected.tokens(), expected.margins(), m.tokens(), m.margins());
  }

  /** Whether every answer is that of sequential decoding, but for near ties. */
  public boolean isIdentical() {
    return all.stream().map(this::comparison).allMatch(c -> c.same() || c.nearTie());
  }

  /**
   * The report.
   *
   * @param projection whose tables and charts it contains, if there is one
   */
  public Report report(Provenance provenance, List<String> notes, Optional<Projection> projection) {
    List<Table> tables = new ArrayList<>(List.of(speed(), steps(), identity()));
    List<Chart> charts = new ArrayList<>(charts());
    List<String> allNotes = new ArrayList<>(notes);
    allNotes.addAll(
        List.of(
            "Tokens per round trip: the tokens of an answer after its first one, divided by the round"
                + " trips that they took. Intervals are 95 % percentile bootstrap intervals over the"
                + " prompts.",
            "Tokens/s and the times of a round trip are those of decoding, from the first token on,"
                + " without the prompt. 'vs sequential' is the time that sequential decoding of the"
                + " same prompts took in the same run, divided by this configuration's time. An answer"
                + " counts by the time it takes, so an answer that loops, which is fast to decode,"
                + " counts little.",
            "Ahead: the share of the round trips that were sent before the answer to the previous one"
                + " had arrived. They spend next to no time on the link. What was sent ahead in vain"
                + " appears only in the bytes and in the cloud's time. Where much is sent ahead,"
                + " network and cloud overlap: read their sum.",
            "Not looping: without the prompts whose sequential answer ends in a loop (its last 60"
                + " tokens repeat with a period of at most 20), which every drafter predicts"
                + " correctly."));
    String summary = summary();
    if (projection.isPresent()) {
      tables.addAll(projection.get().tables());
      charts.addAll(projection.get().charts());
      allNotes.addAll(projection.get().notes());
      summary += " " + projection.get().summary();
    }
    return new Report(
        "bench",
        "Decoder configurations side by side",
        summary,
        provenance,
        tables,
        charts,
        allNotes);
  }

  private String summary() {
    long prompts = all.stream().map(Measurement::prompt).distinct().count();
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%d prompts, decoded greedily.", prompts));
    rows.entrySet().stream()
        .filter(row -> !row.getKey().isSequential())
        .filter(row -> Double.isFinite(acceptance(row.getValue())))
        .max(Comparator.comparingDouble(row -> gain(row.getValue()).low())) // a certain gain
        .ifPresent(
            best -> {
              Estimate gain = gain(best.getValue());
              text.append(
                  String.format(
                      Locale.ROOT,
                      " The fastest was %s at split %s%s: %.2f tokens per round trip, %.2f"
                          + " [%.2f, %.2f] times the speed of sequential decoding.",
                      best.getKey().decoder(),
                      best.getKey().split(),
                      best.getKey().link().equals("none") ? "" : ", link " + best.getKey().link(),
                      acceptance(best.getValue()),
                      gain.mean(),
                      gain.low(),
                      gain.high()));
            });
    text.append(
        isIdentical()
            ? " Every answer is that of sequential decoding, but for near ties where noted."
            : " ANSWERS DIFFER from those of sequential decoding where no near tie explains it.");
    return text.toString();
  }

  /** Mean number of accepted tokens of a round trip. */
  static double acceptance(List<Measurement> ms) {
    return sum(ms, Measurement::acceptedTokens) / sum(ms, Measurement::roundTrips);
  }

  static double sum(List<Measurement> ms, ToDoubleFunction<Measurement> value) {
    return ms.stream().mapToDouble(value).sum();
  }

  /** One sum over another with its interval over the prompts; null if no answer has round trips. */
  private static Estimate ratio(
      List<Measurement> ms,
      ToDoubleFunction<Measurement> above,
      ToDoubleFunction<Measurement> below) {
    List<Measurement> with = only(ms, Measurement::hasRoundTrips);
    return with.isEmpty()
        ? null
        : Estimate.ofRatio(
            with.stream().mapToDouble(above).toArray(), with.stream().mapToDouble(below).toArray());
  }

  /** The time that sequential decoding takes for as many tokens of each answer, over its own. */
  private Estimate gain(List<Measurement> ms) {
    List<Measurement> with = only(ms, m -> sequential(m).hasRoundTrips());
    Estimate gain =
        ratio(
            with,
            m -> 1e3 * m.acceptedTokens() / sequential(m).tokensPerSecond(),
            Measurement::decodeMs);
    return gain == null ? Estimate.exact(Double.NaN) : gain;
  }

  private static Estimate perRoundTrip(List<Measurement> ms) {
    return ratio(ms, Measurement::acceptedTokens, Measurement::roundTrips);
  }

  /** Tokens a second; null if no answer has round trips. */
  static Estimate speed(List<Measurement> ms) {
    return ratio(ms, Measurement::acceptedTokens, m -> m.decodeMs() / 1e3);
  }

  private static List<Measurement> only(List<Measurement> ms, Predicate<Measurement> which) {
    return ms.stream().filter(which).toList();
  }

  private Table speed() {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column("all", "tokens/round trip"));
    columns.add(new Column("not looping", "tokens/round trip"));
    columns.add(new Column("speed", "tokens/s"));
    columns.add(new Column("vs sequential", "×"));
    columns.add(new Column("first token", "ms"));
    List<String> names = new ArrayList<>(categories);
    names.forEach(name -> columns.add(new Column(name, "tokens/round trip")));
    return table(
        "decodings",
        "Tokens per round trip and speed of each decoder configuration",
        columns,
        ms -> {
          List<Object> cells = new ArrayList<>();
          cells.add(perRoundTrip(ms));
          cells.add(perRoundTrip(only(ms, m -> !Looping.loops(sequential(m).tokens()))));
          cells.add(speed(ms));
          cells.add(gain(ms));
          cells.add(
              Estimate.ofMean(ms.stream().mapToDouble(m -> m.times().firstToken()).toArray()));
          for (String name : names) {
            Estimate estimate = perRoundTrip(only(ms, m -> m.category().equals(name)));
            cells.add(estimate == null ? null : estimate.mean());
          }
          return cells;
        });
  }

  private Table steps() {
    Map<Column, ToDoubleFunction<Measurement>> values = new LinkedHashMap<>();
    values.put(new Column("sent", "tokens"), m -> m.counts().sentTokens());
    values.put(new Column("ahead", "share"), m -> m.counts().roundTripsAhead());
    values.put(new Column("round trip", "ms"), Measurement::decodeMs);
    values.put(new Column("network", "ms"), m -> m.times().network());
    values.put(new Column("cloud", "ms"), m -> m.times().cloud());
    values.put(new Column("edge", "ms"), m -> m.times().edge());
    values.put(new Column("serialisation", "ms"), m -> m.times().serialization());
    values.put(new Column("drafting", "ms"), m -> m.times().drafting());
    values.put(new Column("up", "bytes"), m -> m.metrics().bytes().sent());
    values.put(new Column("down", "bytes"), m -> m.metrics().bytes().received());
    return table(
        "steps",
        "Where the time of a round trip goes",
        List.copyOf(values.keySet()),
        ms ->
            values.values().stream()
                .map(value -> (Object) (sum(ms, value) / sum(ms, Measurement::roundTrips)))
                .collect(Collectors.toList()));
  }

  private Table identity() {
    return table(
        "identity",
        "Whether the answers are those of sequential decoding",
        List.of(
            Column.of("answers"),
            Column.of("tokens"),
            Column.of("looping"),
            Column.of("near ties"),
            Column.of("differ"),
            Column.of("… by a near tie")),
        ms -> {
          List<Comparison> compared = ms.stream().map(this::comparison).toList();
          return Arrays.asList(
              ms.size(),
              ms.stream().mapToInt(m -> m.tokens().size()).sum(),
              (int) ms.stream().filter(m -> Looping.loops(m.tokens())).count(),
              ms.stream().mapToInt(m -> Comparison.nearTies(m.margins())).sum(),
              (int) compared.stream().filter(c -> !c.same()).count(),
              (int) compared.stream().filter(Comparison::nearTie).count());
        });
  }

  private boolean severalSplits() {
    return all.stream().map(Measurement::split).distinct().count() > 1;
  }

  private boolean severalLinks() {
    return all.stream().map(Measurement::link).distinct().count() > 1;
  }

  /**
   * A table with a line for each row. Of decoder, split and link it shows what differs between
   * them.
   */
  private Table table(
      String name,
      String title,
      List<Column> columns,
      Function<List<Measurement>, List<Object>> cells) {
    List<Column> heads = new ArrayList<>(List.of(Column.of("decoding")));
    if (severalSplits()) {
      heads.add(Column.of("split"));
    }
    if (severalLinks()) {
      heads.add(Column.of("link"));
    }
    heads.addAll(columns);
    List<List<Object>> lines = new ArrayList<>();
    rows.forEach(
        (row, ms) -> {
          List<Object> line = new ArrayList<>(List.of(row.decoder()));
          if (severalSplits()) {
            line.add(row.split());
          }
          if (severalLinks()) {
            line.add(row.link());
          }
          line.addAll(cells.apply(ms));
          lines.add(line);
        });
    return new Table(name, title, heads, lines);
  }

  private List<Chart> charts() {
    List<Chart> charts = new ArrayList<>();
    if (!severalSplits() && !severalLinks()) {
      dots("Tokens per round trip", PER_ROUND_TRIP, BenchReport::perRoundTrip)
          .ifPresent(charts::add);
      dots("Speed", SPEED, BenchReport::speed).ifPresent(charts::add);
    }
    if (all.stream().map(Measurement::rttMs).distinct().count() > 1) {
      charts.add(
          new LineChart(
              "Speed over the link's round trip",
              new Chart.Axis("round trip of the link", "ms"),
              SPEED,
              series(Measurement::rttMs, m -> severalSplits() ? ", split " + m.split() : "")));
    }
    if (severalSplits()) {
      charts.add(
          new LineChart(
              "Speed over the layers at the edge",
              new Chart.Axis("layers at the edge", ""),
              SPEED,
              series(BenchReport::edgeLayers, m -> severalLinks() ? ", link " + m.link() : "")));
    }
    List<LineChart.Series> ablation = ablation();
    if (!ablation.isEmpty()) {
      charts.add(
          new LineChart("n-gram drafter", new Chart.Axis("n", "tokens"), PER_ROUND_TRIP, ablation));
    }
    return charts;
  }

  /** A dot for each decoder configuration that has a value. */
  private Optional<Chart> dots(
      String title, Chart.Axis axis, Function<List<Measurement>, Estimate> value) {
    List<DotChart.Dot> dots = new ArrayList<>();
    rows.forEach(
        (row, ms) ->
            Optional.ofNullable(value.apply(ms))
                .ifPresent(estimate -> dots.add(new DotChart.Dot(row.decoder(), estimate))));
    return dots.isEmpty() ? Optional.empty() : Optional.of(new DotChart(title, axis, dots));
  }

  private static double edgeLayers(Measurement m) {
    String[] parts = m.split().split(":", -1);
    return Integer.parseInt(parts[0]) + Integer.parseInt(parts[1]);
  }

  /**
   * Speed by decoder configuration.
   *
   * @param others what tells series apart beside the decoder configuration
   */
  private List<LineChart.Series> series(
      ToDoubleFunction<Measurement> x, Function<Measurement, String> others) {
    Map<String, List<LineChart.Point>> lines = new LinkedHashMap<>();
    rows.forEach(
        (row, ms) -> {
          Measurement any = ms.get(0);
          add(lines, row.decoder() + others.apply(any), x.applyAsDouble(any), speed(ms));
        });
    return series(lines);
  }

  /** Tokens per round trip over n, for each category and all; in the first scenario. */
  private List<LineChart.Series> ablation() {
    Map<String, List<LineChart.Point>> lines = new LinkedHashMap<>();
    Optional<Row> first = all.stream().findFirst().map(Row::of);
    rows.forEach(
        (row, ms) -> {
          if (row.decoder().matches(NGRAM + "\\d") && row.sameScenario(first.orElseThrow())) {
            double n = Double.parseDouble(row.decoder().substring(NGRAM.length()));
            add(lines, "all", n, perRoundTrip(ms));
            for (String name : categories) {
              add(lines, name, n, perRoundTrip(only(ms, m -> m.category().equals(name))));
            }
          }
        });
    return lines.values().stream().anyMatch(points -> points.size() > 1)
        ? series(lines)
        : List.of();
  }

  private static void add(
      Map<String, List<LineChart.Point>> lines, String name, double x, Estimate y) {
    if (y != null) {
      lines.computeIfAbsent(name, k -> new ArrayList<>()).add(new LineChart.Point(x, y));
    }
  }

  private static List<LineChart.Series> series(Map<String, List<LineChart.Point>> lines) {
    Comparator<LineChart.Point> byX = Comparator.comparingDouble(LineChart.Point::x);
    return lines.entrySet().stream()
        .map(
            line ->
                new LineChart.Series(line.getKey(), line.getValue().stream().sorted(byX).toList()))
        .toList();
  }
}
