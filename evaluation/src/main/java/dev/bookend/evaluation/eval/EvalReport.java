package dev.bookend.evaluation.eval;

import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.Estimate;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What a script's results come to, by category. */
public final class EvalReport {
  private EvalReport() {}

  /**
   * Sums results up.
   *
   * @param earlier how many of them are an earlier run's
   */
  public static Report of(List<Result> results, int earlier, Provenance provenance) {
    List<Result> whole = results.stream().filter(result -> result.error() == null).toList();
    List<Table> tables = new ArrayList<>();
    add(
        tables,
        whole,
        "answer",
        "Answers",
        List.of(
            Column.of("tokens each"),
            Column.of("tokens per round trip"),
            new Column("speed", "tokens/s")),
        all ->
            List.of(
                Estimate.ofMean(values(all, Result::tokens)),
                ratio(all, r -> r.tokensPerRoundTrip() * r.roundTrips(), Result::roundTrips),
                ratio(all, Result::tokens, r -> r.ms() / 1e3)));
    add(
        tables,
        whole,
        "perplexity",
        "Texts",
        List.of(Column.of("tokens"), Column.of("perplexity"), Column.of("bits per byte")),
        all ->
            List.of(
                all.stream().mapToInt(Result::tokens).sum(),
                exp(ratio(all, r -> -r.logLikelihood(), Result::tokens)),
                ratio(all, r -> -r.logLikelihood() / Math.log(2), Result::bytes)));
    add(
        tables,
        whole,
        "likelihood",
        "Continuations",
        List.of(new Column("log-likelihood each", "nats"), Column.of("greedy share")),
        all ->
            List.of(
                Estimate.ofMean(values(all, Result::logLikelihood)),
                Estimate.ofMean(values(all, r -> r.isGreedy() ? 1 : 0))));
    List<String> notes = new ArrayList<>();
    notes.add(
        "Intervals are 95 %, bootstrap over the tasks. Perplexity and bits per byte are over all"
            + " tokens but each text's first, which nothing foretells; the speed includes the"
            + " prompt.");
    if (earlier > 0) {
      notes.add(earlier + " of the " + results.size() + " results are from an earlier run.");
    }
    int failed = results.size() - whole.size();
    return new Report(
        "eval",
        "What came of the script",
        results.size() + " tasks" + (failed == 0 ? "." : ", " + failed + " WITHOUT A RESULT."),
        provenance,
        tables,
        List.of(),
        notes);
  }

  private interface Row {
    List<Object> of(List<Result> results);
  }

  private static void add(
      List<Table> tables,
      List<Result> results,
      String task,
      String title,
      List<Column> columns,
      Row row) {
    List<Result> those = results.stream().filter(result -> result.task().equals(task)).toList();
    List<String> categories = those.stream().map(Result::category).distinct().toList();
    List<List<Object>> rows = new ArrayList<>();
    for (String category : categories) {
      rows.add(
          row(
              category,
              those.stream().filter(result -> result.category().equals(category)).toList(),
              row));
    }
    if (categories.size() > 1) {
      rows.add(row("together", those, row));
    }
    if (!rows.isEmpty()) {
      List<Column> all = new ArrayList<>(List.of(Column.of("category"), Column.of("tasks")));
      all.addAll(columns);
      tables.add(new Table(task, title, all, rows));
    }
  }

  private static List<Object> row(String name, List<Result> results, Row row) {
    List<Object> cells = new ArrayList<>(List.of(name, results.size()));
    cells.addAll(row.of(results));
    return cells;
  }

  private static double[] values(List<Result> results, ToDoubleFunction<Result> value) {
    return results.stream().mapToDouble(value).toArray();
  }

  private static Estimate ratio(
      List<Result> results, ToDoubleFunction<Result> above, ToDoubleFunction<Result> below) {
    return Estimate.ofRatio(values(results, above), values(results, below));
  }

  private static Estimate exp(Estimate estimate) {
    return new Estimate(
        Math.exp(estimate.mean()), Math.exp(estimate.low()), Math.exp(estimate.high()));
  }
}
