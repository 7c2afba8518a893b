package dev.bookend.evaluation.bench;

import dev.bookend.decoding.Generation;
import dev.bookend.evaluation.report.Chart;
import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.Estimate;
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

/** What measurements say: tables, charts, and whether all answers are those of plain decoding. */
public final class BenchReport {
  private static final String NGRAM = "ngram:";

  private final List<Measurement> all;
  private final Map<String, Measurement> sequential = new LinkedHashMap<>();
  private final Set<String> categories = new LinkedHashSet<>();
  private final Map<List<String>, List<Measurement>> rows = new LinkedHashMap<>();

  /**
   * @param measurements with those of sequential decoding among them
   */
  public BenchReport(Collection<Measurement> measurements) {
    this.all = List.copyOf(measurements);
    for (Measurement m : all) {
      if (m.way().equals(DecoderConfiguration.SEQUENTIAL.name())) {
        sequential.put(place(m), m);
      }
      categories.add(m.category());
    }
    for (Measurement m : ordered()) {
      rows.computeIfAbsent(List.of(m.split(), m.link(), m.way()), key -> new ArrayList<>()).add(m);
    }
  }

  /** By condition, then by way as prompts first saw them, as ways take turns in coming first. */
  private List<Measurement> ordered() {
    List<String> ways = all.stream().map(Measurement::way).distinct().toList();
    List<String> conditions = all.stream().map(m -> m.split() + m.link()).distinct().toList();
    return all.stream()
        .sorted(
            Comparator.comparingInt((Measurement m) -> conditions.indexOf(m.split() + m.link()))
                .thenComparingInt(m -> ways.indexOf(m.way()))
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
   * @param more tables and charts that go with it
   */
  public Report report(Provenance provenance, List<String> notes, Optional<Projection> more) {
    List<Table> tables = new ArrayList<>(List.of(speed(), steps(), identity()));
    List<Chart> charts = new ArrayList<>(charts());
    more.ifPresent(
        projection -> {
          tables.addAll(projection.tables());
          charts.addAll(projection.charts());
        });
    List<String> allNotes = new ArrayList<>(notes);
    allNotes.addAll(
        List.of(
            "Tokens per round trip: tokens committed after the first one, over the round trips that"
                + " took. Intervals hold 95 % and are percentile bootstraps over the prompts.",
            "Tokens/s and the times of a step are those of decoding: from the first token on, without"
                + " the prompt. 'vs sequential' is the time that sequential decoding of the same"
                + " prompts took in the same run, over this one's: an answer counts by how long it"
                + " takes, so one that loops, and is over soon, counts little.",
            "Ahead: the share of the round trips that were sent before the answer to the one before was"
                + " there. They take next to none of the link's time. What was sent ahead in vain is in"
                + " the bytes and the cloud's time only, and where there is much ahead, network and"
                + " cloud overlap: look at their sum.",
            "Not looping: without the prompts whose sequential answer ends in a loop (its last 60"
                + " tokens repeat with a period of at most 20), which any drafter guesses."));
    more.map(Projection::notes).ifPresent(allNotes::addAll);
    String summary = summary() + more.map(projection -> " " + projection.summary()).orElse("");
    return new Report(
        "bench", "Split decoding, side by side", summary, provenance, tables, charts, allNotes);
  }

  private String summary() {
    long prompts = all.stream().map(Measurement::prompt).distinct().count();
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%d prompts, decoded greedily.", prompts));
    rows.entrySet().stream()
        .filter(row -> !row.getKey().get(2).equals(DecoderConfiguration.SEQUENTIAL.name()))
        .filter(row -> Double.isFinite(acceptance(row.getValue())))
        .max(Comparator.comparingDouble(row -> gain(row.getValue()).low())) // what is certain
        .ifPresent(
            best -> {
              Estimate gain = gain(best.getValue());
              text.append(
                  String.format(
                      Locale.ROOT,
                      " Most was gained by %s at split %s, link %s: %.2f tokens per round trip, %.2f"
                          + " [%.2f, %.2f] times sequential decoding's speed.",
                      best.getKey().get(2),
                      best.getKey().get(0),
                      best.getKey().get(1),
                      acceptance(best.getValue()),
                      gain.mean(),
                      gain.low(),
                      gain.high()));
            });
    text.append(
        isIdentical()
            ? " Every answer is that of sequential decoding, but for near ties where noted."
            : " ANSWERS DIFFER from sequential decoding's where no near tie explains it.");
    return text.toString();
  }

  static double acceptance(List<Measurement> ms) {
    return sum(ms, Measurement::committedTokens) / sum(ms, Measurement::roundTrips);
  }

  static double sum(List<Measurement> ms, ToDoubleFunction<Measurement> value) {
    return ms.stream().mapToDouble(value).sum();
  }

  /** Sum over sum with its interval over the prompts; null where there is nothing to divide. */
  static Estimate ratio(
      List<Measurement> ms,
      ToDoubleFunction<Measurement> above,
      ToDoubleFunction<Measurement> below) {
    List<Measurement> with = ms.stream().filter(Measurement::hasSteps).toList();
    return with.isEmpty()
        ? null
        : Estimate.ofRatio(
            with.stream().mapToDouble(above).toArray(), with.stream().mapToDouble(below).toArray());
  }

  /** The time that sequential decoding takes for as many tokens of each answer, over its own. */
  private Estimate gain(List<Measurement> ms) {
    List<Measurement> with = only(ms, m -> sequential(m).hasSteps());
    Estimate gain =
        ratio(
            with,
            m -> 1e3 * m.committedTokens() / sequential(m).tokensPerSecond(),
            Measurement::decodeMs);
    return gain == null ? Estimate.exact(Double.NaN) : gain;
  }

  private static Estimate perRoundTrip(List<Measurement> ms) {
    return ratio(ms, Measurement::committedTokens, Measurement::roundTrips);
  }

  private static List<Measurement> only(List<Measurement> ms, Predicate<Measurement> which) {
    return ms.stream().filter(which).toList();
  }

  private Table speed() {
    List<Column> columns = new ArrayList<>(conditionColumns());
    columns.add(new Column("all", "tokens/round trip"));
    columns.add(new Column("not looping", "tokens/round trip"));
    columns.add(new Column("speed", "tokens/s"));
    columns.add(new Column("vs sequential", "×"));
    columns.add(new Column("first token", "ms"));
    List<String> names = new ArrayList<>(categories);
    names.forEach(name -> columns.add(new Column(name, "tokens/round trip")));
    return table(
        "decodings",
        "What each way of decoding reaches",
        columns,
        ms -> {
          List<Object> cells = new ArrayList<>();
          cells.add(perRoundTrip(ms));
          cells.add(perRoundTrip(only(ms, m -> !Looping.loops(sequential(m).tokens()))));
          cells.add(ratio(ms, Measurement::committedTokens, m -> m.decodeMs() / 1e3));
          cells.add(gain(ms));
          cells.add(Estimate.ofMean(ms.stream().mapToDouble(Measurement::ttftMs).toArray()));
          for (String name : names) {
            Estimate estimate = perRoundTrip(only(ms, m -> m.category().equals(name)));
            cells.add(estimate == null ? null : estimate.mean());
          }
          return cells;
        });
  }

  private Table steps() {
    List<Column> columns = new ArrayList<>(conditionColumns());
    columns.add(new Column("sent", "tokens"));
    columns.add(new Column("ahead", "share"));
    for (String part :
        List.of("round trip", "network", "cloud", "edge", "serialisation", "drafting")) {
      columns.add(new Column(part, "ms"));
    }
    columns.add(new Column("up", "bytes"));
    columns.add(new Column("down", "bytes"));
    List<ToDoubleFunction<Measurement>> values =
        List.of(
            Measurement::sentTokens,
            Measurement::roundTripsAhead,
            Measurement::decodeMs,
            Measurement::networkMs,
            Measurement::cloudMs,
            Measurement::edgeMs,
            Measurement::serializationMs,
            Measurement::draftMs,
            Measurement::bytesSent,
            Measurement::bytesReceived);
    return table(
        "steps",
        "Where the time of a round trip goes",
        columns,
        ms ->
            values.stream()
                .map(value -> (Object) (sum(ms, value) / sum(ms, Measurement::roundTrips)))
                .collect(Collectors.toList()));
  }

  private Table identity() {
    List<Column> columns = new ArrayList<>(conditionColumns());
    for (String name :
        List.of("answers", "tokens", "looping", "near ties", "differ", "… by a near tie")) {
      columns.add(Column.of(name));
    }
    return table(
        "identity",
        "Whether the answers are those of sequential decoding",
        columns,
        ms -> {
          List<Comparison> compared = ms.stream().map(this::comparison).toList();
          return Arrays.asList(
              ms.size(),
              ms.stream().mapToInt(m -> m.tokens().size()).sum(),
              (int) ms.stream().filter(m -> Looping.loops(m.tokens())).count(),
              (int)
                  ms.stream()
                      .flatMap(m -> m.margins().stream())
                      .filter(margin -> margin < Generation.NEAR_TIE)
                      .count(),
              (int) compared.stream().filter(c -> !c.same()).count(),
              (int) compared.stream().filter(Comparison::nearTie).count());
        });
  }

  /** Columns for what differs between the rows only. */
  private List<Column> conditionColumns() {
    List<Column> columns = new ArrayList<>(List.of(Column.of("decoding")));
    if (severalSplits()) {
      columns.add(Column.of("split"));
    }
    if (severalLinks()) {
      columns.add(Column.of("link"));
    }
    return columns;
  }

  private boolean severalSplits() {
    return all.stream().map(Measurement::split).distinct().count() > 1;
  }

  private boolean severalLinks() {
    return all.stream().map(Measurement::link).distinct().count() > 1;
  }

  private Table table(
      String name,
      String title,
      List<Column> columns,
      Function<List<Measurement>, List<Object>> cells) {
    List<List<Object>> lines = new ArrayList<>();
    rows.forEach(
        (key, ms) -> {
          List<Object> line = new ArrayList<>(List.of(key.get(2)));
          if (severalSplits()) {
            line.add(key.get(0));
          }
          if (severalLinks()) {
            line.add(key.get(1));
          }
          line.addAll(cells.apply(ms));
          lines.add(line);
        });
    return new Table(name, title, columns, lines);
  }

  private List<Chart> charts() {
    List<Chart> charts = new ArrayList<>();
    Chart.Axis speed = new Chart.Axis("speed", "tokens/s");
    if (all.stream().map(Measurement::rttMs).distinct().count() > 1) {
      charts.add(
          new Chart(
              "Speed over the link's round trip",
              new Chart.Axis("round trip of the link", "ms"),
              speed,
              series(Measurement::rttMs, m -> severalSplits() ? ", split " + m.split() : "")));
    }
    if (severalSplits()) {
      charts.add(
          new Chart(
              "Speed over the layers at the edge",
              new Chart.Axis("layers at the edge", ""),
              speed,
              series(BenchReport::edgeLayers, m -> severalLinks() ? ", link " + m.link() : "")));
    }
    List<Chart.Series> ablation = ablation();
    if (!ablation.isEmpty()) {
      charts.add(
          new Chart(
              "n-gram drafter",
              new Chart.Axis("n", "tokens"),
              new Chart.Axis("tokens per round trip", ""),
              ablation));
    }
    return charts;
  }

  private static double edgeLayers(Measurement m) {
    String[] parts = m.split().split(":", -1);
    return Integer.parseInt(parts[0]) + Integer.parseInt(parts[1]);
  }

  /**
   * @param others what tells series apart beside the way of decoding
   */
  private List<Chart.Series> series(
      ToDoubleFunction<Measurement> x, Function<Measurement, String> others) {
    Map<String, List<Chart.Point>> lines = new LinkedHashMap<>();
    rows.forEach(
        (key, ms) -> {
          Estimate y = ratio(ms, Measurement::committedTokens, m -> m.decodeMs() / 1e3);
          if (y != null) {
            Measurement any = ms.get(0);
            lines
                .computeIfAbsent(key.get(2) + others.apply(any), name -> new ArrayList<>())
                .add(new Chart.Point(x.applyAsDouble(any), y));
          }
        });
    return lines.entrySet().stream().map(e -> sorted(e.getKey(), e.getValue())).toList();
  }

  private static Chart.Series sorted(String name, List<Chart.Point> points) {
    return new Chart.Series(
        name, points.stream().sorted((a, b) -> Double.compare(a.x(), b.x())).toList());
  }

  /** Tokens per round trip over n, for each category and all; under the first condition. */
  private List<Chart.Series> ablation() {
    Map<String, List<Chart.Point>> lines = new LinkedHashMap<>();
    List<String> first = all.isEmpty() ? List.of() : List.of(all.get(0).split(), all.get(0).link());
    rows.forEach(
        (key, ms) -> {
          if (key.get(2).matches(NGRAM + "\\d") && key.subList(0, 2).equals(first)) {
            double n = Double.parseDouble(key.get(2).substring(NGRAM.length()));
            add(lines, "all", n, ms);
            categories.forEach(
                name -> add(lines, name, n, only(ms, m -> m.category().equals(name))));
          }
        });
    return lines.values().stream().anyMatch(points -> points.size() > 1)
        ? lines.entrySet().stream().map(e -> sorted(e.getKey(), e.getValue())).toList()
        : List.of();
  }

  private static void add(
      Map<String, List<Chart.Point>> lines, String name, double n, List<Measurement> ms) {
    Estimate y = perRoundTrip(ms);
    if (y != null) {
      lines.computeIfAbsent(name, k -> new ArrayList<>()).add(new Chart.Point(n, y));
    }
  }
}
