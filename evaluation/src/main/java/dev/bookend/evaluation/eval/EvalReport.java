package dev.bookend.evaluation.eval;

import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.Estimate;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Summary of a script's results, by category. */
public final class EvalReport {
  private EvalReport() {}

  /**
   * Summarises results.
   *
   * @param earlier how many of them are from an earlier run
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
                ratio(
                    all,
                    r -> r.generated().metrics().counts().acceptedTokens(),
                    r -> r.generated().metrics().counts().roundTrips()),
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
                ratio(all, r -> -r.scored().logLikelihood(), Result::tokens).exp(),
                ratio(
                    all, r -> -r.scored().logLikelihood() / Math.log(2), r -> r.scored().bytes())));
    add(
        tables,
        whole,
        "likelihood",
        "Continuations",
        List.of(new Column("log-likelihood each", "nats"), Column.of("greedy share")),
        all ->
            List.of(
                Estimate.ofMean(values(all, r -> r.scored().logLikelihood())),
                Estimate.ofMean(values(all, r -> r.scored().isGreedy() ? 1 : 0))));
    List<String> notes = new ArrayList<>();
    notes.add(
        "Intervals are 95 % percentile bootstrap intervals over the tasks. Perplexity and bits per"
            + " byte are over all tokens but the first of each text, which is predicted from nothing."
            + " The speed includes the time for the prompt.");
    if (earlier > 0) {
      notes.add(earlier + " of the " + results.size() + " results are from an earlier run.");
    }
    int failed = results.size() - whole.size();
    return new Report(
        "eval",
        "Results of the script",
        results.size() + " tasks" + (failed == 0 ? "." : ", " + failed + " WITHOUT A RESULT."),
        provenance,
        tables,
        List.of(),
        notes);
  }

  /**
   * Adds a table of one kind of task, if there are results of that kind.
   *
   * @param cells of some results, behind those of category and number of tasks
   */
  private static void add(
      List<Table> tables,
      List<Result> results,
      String task,
      String title,
      List<Column> columns,
      Function<List<Result>, List<Object>> cells) {
    List<Result> those = results.stream().filter(result -> result.task().equals(task)).toList();
    List<String> categories = those.stream().map(Result::category).distinct().toList();
    List<List<Object>> rows = new ArrayList<>();
    for (String category : categories) {
      rows.add(
          row(
              category,
              those.stream().filter(result -> result.category().equals(category)).toList(),
              cells));
    }
    if (categories.size() > 1) {
      rows.add(row("together", those, cells));
    }
    if (!rows.isEmpty()) {
      List<Column> all = new ArrayList<>(List.of(Column.of("category"), Column.of("tasks")));
      all.addAll(columns);
      tables.add(new Table(task, title, all, rows));
    }
  }

  private static List<Object> row(
      String name, List<Result> results, Function<List<Result>, List<Object>> cells) {
    List<Object> row = new ArrayList<>(List.of(name, results.size()));
    row.addAll(cells.apply(results));
    return row;
  }

  private static double[] values(List<Result> results, ToDoubleFunction<Result> value) {
    return results.stream().mapToDouble(value).toArray();
  }

  private static Estimate ratio(
      List<Result> results, ToDoubleFunction<Result> above, ToDoubleFunction<Result> below) {
    return Estimate.ofRatio(values(results, above), values(results, below));
  }
}
