package dev.bookend.evaluation.plan;

import dev.bookend.evaluation.report.Chart;
import dev.bookend.evaluation.report.Chart.Axis;
import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.DotChart;
import dev.bookend.evaluation.report.DotChart.Dot;
import dev.bookend.evaluation.report.Estimate;
import dev.bookend.evaluation.report.LineChart;
import dev.bookend.evaluation.report.LineChart.Point;
import dev.bookend.evaluation.report.LineChart.Series;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.Table;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.checkpoint.part.LayerNumbers;
import dev.bookend.model.checkpoint.part.ModelPart;
import dev.bookend.model.checkpoint.part.ModelParts;
import dev.bookend.split.Split;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/** A plan as a report. */
public final class PlanReport {
  private static final double GB = 1e9;
  private static final double MB = 1e6;
  private static final double KB = 1e3;
  private static final int[] ROUND_TRIPS = {0, 10, 20, 40, 80, 120, 160, 200};

  private final SplitPlan plan;
  private final PlanOptions options;
  private final List<SplitPlan> alternatives;

  /** A report on a split, beside others of the same model. */
  public PlanReport(SplitPlan plan) {
    this.plan = plan;
    this.options = plan.options();
    this.alternatives = plan.alternatives();
  }

  /** The report. */
  public Report report(Provenance provenance) {
    List<Chart> charts = new ArrayList<>();
    charts.add(dots("Memory at the edge", "memory", "GB", other -> other.edgeMemory() / GB));
    charts.add(dots("Fetched by the edge", "download", "GB", other -> other.edgeDownload() / GB));
    if (plan.speed().isPresent()) {
      charts.add(speedByRoundTrip());
    }
    return new Report(
        "plan",
        "Plan: " + plan.model().name() + ", split " + plan.split(),
        summary(),
        provenance,
        List.of(parts(), needs(), splits()),
        charts,
        notes());
  }

  private String summary() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "The edge fetches %s of %s and needs %s of memory; the cloud needs %s."
                + " A token is %.1f kB on the way there and %.1f kB on the way back.",
            amount(plan.edgeDownload()),
            amount(plan.model().weights()),
            amount(plan.edgeMemory()),
            amount(plan.cloudMemory()),
            plan.up(1) / KB,
            plan.down(1) / KB));
    if (plan.sequential().isPresent()) {
      text.append(
          String.format(
              Locale.ROOT,
              " Expected: %.1f tokens/s one by one, %.1f with draft tokens (an estimate).",
              plan.sequential().getAsDouble(),
              plan.speculative().getAsDouble()));
    }
    text.append(fitting());
    return text.toString();
  }

  private static String amount(long bytes) {
    return bytes < GB
        ? String.format(Locale.ROOT, "%.0f MB", bytes / MB)
        : String.format(Locale.ROOT, "%.2f GB", bytes / GB);
  }

  /** Which of the splits fit, if any memory is given. */
  private String fitting() {
    if (options.edgeMemory().isEmpty() && options.cloudMemory().isEmpty()) {
      return "";
    }
    List<String> fit =
        alternatives.stream()
            .filter(other -> other.fitsEdge() && other.fitsCloud())
            .map(other -> other.split().toString())
            .toList();
    return fit.isEmpty()
        ? " None of the splits below fits the memory that is given."
        : " Of the splits below these fit the memory that is given: "
            + String.join(", ", fit)
            + ".";
  }

  private Table parts() {
    ModelParts parts = plan.model().parts();
    Split split = plan.split();
    int layers = parts.layers().size();
    ToLongFunction<long[]> edgeBytes = options.edgeType()::bytes;
    int cloudNumberBytes = options.int8Weights() ? 1 : options.cloudNumberBytes();
    ToLongFunction<long[]> cloudBytes = shape -> cloudNumberBytes * numbers(shape);
    List<List<Object>> rows = new ArrayList<>();
    rows.add(row("embedding", "edge, in its file", List.of(parts.embedding()), null));
    rows.add(
        row(named(0, split.lower()), "edge", parts.layers().subList(0, split.lower()), edgeBytes));
    rows.add(
        row(
            named(split.lower(), layers - split.upper()),
            "cloud",
            parts.middle(split.lower(), split.upper()),
            cloudBytes));
    rows.add(
        row(
            named(layers - split.upper(), layers),
            "edge",
            parts.layers().subList(layers - split.upper(), layers),
            edgeBytes));
    rows.add(output(parts, edgeBytes));
    rows.removeIf(row -> row.get(2).equals(0L));
    return new Table(
        "parts",
        "What is where",
        List.of(
            Column.of("part"),
            Column.of("where"),
            Column.of("tensors"),
            new Column("stored", "MB"),
            new Column("in memory", "MB")),
        rows);
  }

  private static String named(int from, int to) {
    return LayerNumbers.text(IntStream.range(from, to).boxed().toList());
  }

  private static List<Object> row(
      String name, String where, List<ModelPart> parts, ToLongFunction<long[]> bytes) {
    long tensors = parts.stream().mapToLong(part -> part.tensors().size()).sum();
    return Arrays.asList(
        name,
        where,
        tensors,
        ModelParts.bytes(parts) / MB,
        bytes == null ? null : bytes(parts, bytes) / MB);
  }

  private static long bytes(List<ModelPart> parts, ToLongFunction<long[]> bytes) {
    return parts.stream()
        .flatMap(part -> part.tensors().values().stream())
        .mapToLong(tensor -> bytes.applyAsLong(tensor.dimensions()))
        .sum();
  }

  private static long numbers(long[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  /** Where the embedding is the LM head, it is stored once and loaded for the head. */
  private List<Object> output(ModelParts parts, ToLongFunction<long[]> edgeBytes) {
    boolean isTied = !plan.model().header().config().tensors().has(TensorRole.LM_HEAD);
    long bytes =
        bytes(
            isTied ? List.of(parts.output(), parts.embedding()) : List.of(parts.output()),
            edgeBytes);
    return Arrays.asList(
        isTied ? "norm, and the embedding as LM head" : "norm and LM head",
        "edge",
        (long) parts.output().tensors().size(),
        parts.output().bytes() / MB,
        bytes / MB);
  }

  private Table needs() {
    List<List<Object>> rows = new ArrayList<>();
    rows.add(Arrays.asList("weights (MB)", plan.edgeWeights() / MB, plan.cloudWeights() / MB));
    rows.add(
        Arrays.asList("KV cache for 1,000 tokens (MB)", plan.edgeKv() / MB, plan.cloudKv() / MB));
    rows.add(
        Arrays.asList(
            "memory with " + options.context() + " tokens and the program (MB)",
            plan.edgeMemory() / MB,
            plan.cloudMemory() / MB));
    rows.add(
        Arrays.asList(
            "sent for one token, nothing drafted (kB)", plan.up(1) / KB, plan.down(1) / KB));
    int tokens = 1 + options.draftTokens();
    rows.add(
        Arrays.asList(
            "sent for an accepted token, " + options.draftTokens() + " drafted (kB)",
            plan.up(tokens) / KB / options.accepted(),
            plan.down(tokens) / KB / options.accepted()));
    if (plan.speed().isPresent()) {
      rows.add(
          Arrays.asList(
              "time of a step of one token (ms)",
              plan.edgeMillis(1).getAsDouble(),
              plan.cloudMillis()));
      rows.add(
          Arrays.asList(
              "time of a step of " + tokens + " tokens (ms)",
              plan.edgeMillis(tokens).getAsDouble(),
              plan.cloudMillis()));
    }
    return new Table(
        "needs",
        "What each side needs",
        List.of(Column.of("what"), Column.of("edge"), Column.of("cloud")),
        rows);
  }

  private Table splits() {
    List<List<Object>> rows = new ArrayList<>();
    for (SplitPlan other : alternatives) {
      rows.add(
          Arrays.asList(
              other.split() + (other.split().equals(plan.split()) ? " (this)" : ""),
              other.edgeDownload() / GB,
              other.edgeMemory() / GB,
              other.cloudMemory() / GB,
              number(other.sequential()),
              number(other.speculative()),
              fits(other)));
    }
    return new Table(
        "splits",
        "Splits side by side",
        List.of(
            Column.of("split"),
            new Column("edge fetches", "GB"),
            new Column("edge memory", "GB"),
            new Column("cloud memory", "GB"),
            new Column("one by one", "tokens/s"),
            new Column("with draft tokens", "tokens/s"),
            Column.of("fits")),
        rows);
  }

  private static Object number(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }

  private String fits(SplitPlan other) {
    if (!other.fitsEdge() || !other.fitsCloud()) {
      return other.fitsEdge()
          ? "not in the cloud"
          : other.fitsCloud() ? "not at the edge" : "nowhere";
    }
    boolean both = options.edgeMemory().isPresent() && options.cloudMemory().isPresent();
    return both
        ? "yes"
        : options.edgeMemory().isPresent()
            ? "at the edge"
            : options.cloudMemory().isPresent() ? "in the cloud" : "–";
  }

  private DotChart dots(
      String title, String label, String unit, ToDoubleFunction<SplitPlan> value) {
    return new DotChart(
        title + ", by split",
        new Axis(label, unit),
        alternatives.stream()
            .map(
                other ->
                    new Dot(other.split().toString(), Estimate.exact(value.applyAsDouble(other))))
            .toList());
  }

  private LineChart speedByRoundTrip() {
    List<Point> sequential = new ArrayList<>();
    List<Point> speculative = new ArrayList<>();
    for (int millis : ROUND_TRIPS) {
      LinkProfile link = options.link().withRoundTrip(Duration.ofMillis(millis));
      SplitPlan other = plan.with(link);
      sequential.add(new Point(millis, Estimate.exact(other.sequential().getAsDouble())));
      speculative.add(new Point(millis, Estimate.exact(other.speculative().getAsDouble())));
    }
    return new LineChart(
        "Expected speed over links of other round trips",
        new Axis("round trip", "ms"),
        new Axis("speed", "tokens/s"),
        List.of(
            new Series("one by one", sequential), new Series("with draft tokens", speculative)));
  }

  private static String link(LinkProfile link) {
    return String.format(
        Locale.ROOT,
        "a round trip of %.1f ms, %s to the cloud and %s back",
        link.roundTrip().toNanos() / 1e6,
        bandwidth(link.upBitsPerSecond()),
        bandwidth(link.downBitsPerSecond()));
  }

  private static String bandwidth(OptionalLong bitsPerSecond) {
    return bitsPerSecond.isEmpty()
        ? "any bandwidth"
        : String.format(Locale.ROOT, "%.1f Mbit/s", bitsPerSecond.getAsLong() / 1e6);
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(
        String.format(
            Locale.ROOT,
            "Weights: the edge computes in %s, the cloud in %d-bit numbers%s; hidden states travel in"
                + " the cloud's type. The embedding stays in its file and takes no memory of its"
                + " own.",
            options.edgeType(),
            8 * options.cloudNumberBytes(),
            options.int8Weights() ? " with INT8 matrices" : ""));
    notes.add(
        String.format(
            Locale.ROOT,
            "Memory is for sessions of %d tokens, one at the edge and %d in the cloud, and at the edge"
                + " for the program itself, %.0f MB; a server with implicit state holds each"
                + " session's cache twice.",
            options.context(),
            options.sessions(),
            PlanOptions.PROGRAM_BYTES / MB));
    notes.add("The link: " + link(options.link()) + ".");
    if (plan.speed().isPresent()) {
      int narrowed = plan.speed().get().narrowed();
      notes.add(
          "The speed is an estimate. The edge's share was measured on this machine, within seconds,"
              + " with a layer of this geometry and made-up weights"
              + (narrowed == 1
                  ? "."
                  : ", 1/" + narrowed + " as wide, and multiplied by the bytes of its weights."));
      notes.add(
          options.cloudStep().isPresent()
              ? "The cloud's time of a step is the one that was given."
              : String.format(
                  Locale.ROOT,
                  "The cloud's time of a step is what a GPU takes that reads weights at %.0f GB/s,"
                      + " and %.0f ms; it is not measured.",
                  PlanOptions.GPU_BYTES_PER_SECOND / GB,
                  PlanOptions.CLOUD_OVERHEAD_MILLIS));
      notes.add(
          String.format(
              Locale.ROOT,
              "With draft tokens: %d are sent with the last one, and %.2f tokens are accepted in a"
                  + " round trip. How many really are depends on the text and the drafters.",
              options.draftTokens(),
              options.accepted()));
    }
    return notes;
  }
}
