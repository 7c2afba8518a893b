package dev.bookend.evaluation.attack;

import dev.bookend.evaluation.attack.AttackResult.Target;
import dev.bookend.evaluation.report.Chart;
import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.LineChart;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What attacks found, as a report. Its summary is the strongest attack at each depth. */
final class AttackReport {
  private static final int FEW = 10;

  private final AttackPlan plan;
  private final int documents;
  private final Map<Integer, Integer> changed;
  private final List<AttackResult> results;
  private final List<WireCost> costs;

  /**
   * @param documents how many were attacked
   * @param changed how many layers at the edge attackers do not know, by depth
   */
  AttackReport(
      AttackPlan plan,
      int documents,
      Map<Integer, Integer> changed,
      List<AttackResult> results,
      List<WireCost> costs) {
    this.plan = plan;
    this.documents = documents;
    this.changed = changed;
    this.results = results;
    this.costs = costs;
  }

  Report report(Provenance provenance) {
    String summary =
        plan.depths().stream().map(this::strongest).collect(Collectors.joining("; "))
            + ". "
            + plan.edge()
                .map(
                    edge ->
                        "The edge's layers have "
                            + edge
                            + " that attackers do not know; what it costs shows in the model's own"
                            + " perplexity.")
                .orElse("No split of public weights hides text from a cloud that looks.");
    return new Report(
        "attack",
        "What the cloud can read",
        summary,
        provenance,
        List.of(tokens(), parts(), wires()),
        charts(),
        notes());
  }

  private String strongest(int depth) {
    return "Depth "
        + depth
        + ": "
        + Arrays.stream(Target.values())
            .flatMap(target -> strongest(depth, target, Optional.empty()).stream())
            .map(AttackReport::sentence)
            .collect(Collectors.joining(", "));
  }

  /**
   * The attack that reads most tokens of a target at a depth; empty if there is nothing to read.
   *
   * @param wire over which; empty: over any
   */
  private Optional<AttackResult> strongest(int depth, Target target, Optional<String> wire) {
    return results.stream()
        .filter(f -> f.depth() == depth && f.target() == target && f.tokens() != null)
        .filter(f -> wire.isEmpty() || f.wire().equals(wire.get()))
        .max(Comparator.comparingDouble(f -> f.tokens().mean()));
  }

  private AttackResult strongestOnPrompts(WireCost cost) {
    return strongest(cost.depth(), Target.PROMPT, Optional.of(cost.wire())).orElseThrow();
  }

  private static String sentence(AttackResult result) {
    return String.format(
        Locale.ROOT,
        "%s reads %.1f %% of the %s",
        result.attack(),
        result.tokens().mean(),
        name(result.target()));
  }

  private static String name(Target target) {
    return target.name().toLowerCase(Locale.ROOT);
  }

  private Table tokens() {
    Map<Column, Function<AttackResult, Object>> columns = new LinkedHashMap<>();
    columns.put(new Column("tokens", "%"), AttackResult::tokens);
    columns.put(new Column("among five", "%"), percent(Recovery::amongFive));
    columns.put(
        new Column("control", "%"),
        result -> AttackResult.percent(result.control(), Recovery::tokens));
    columns.put(new Column("time", "s/token"), AttackResult::secondsPerToken);
    return table("attacks", "Tokens recovered", columns);
  }

  private Table parts() {
    Map<Column, Function<AttackResult, Object>> columns = new LinkedHashMap<>();
    columns.put(new Column("sentences", "%"), percent(Recovery::sentences));
    columns.put(new Column("whole texts", "%"), percent(Recovery::documents));
    columns.put(new Column("names", "%"), percent(Recovery::names));
    columns.put(new Column("numbers", "%"), percent(Recovery::numbers));
    columns.put(new Column("addresses", "%"), percent(Recovery::addresses));
    columns.put(new Column("chrF2", "%"), percent(Recovery::characters));
    return table("parts", "Recovered word for word", columns);
  }

  private static Function<AttackResult, Object> percent(Function<Recovery, Recovery.Share> share) {
    return result -> AttackResult.percent(result.recovered(), share);
  }

  /** A table with a row for each result. */
  private Table table(
      String name, String title, Map<Column, Function<AttackResult, Object>> columns) {
    List<Column> heads =
        new ArrayList<>(
            List.of(Column.of("attack"), Column.of("on"), Column.of("depth"), Column.of("wire")));
    heads.addAll(columns.keySet());
    List<List<Object>> rows = new ArrayList<>();
    for (AttackResult result : results) {
      List<Object> row =
          new ArrayList<>(
              List.of(result.attack(), name(result.target()), result.depth(), result.wire()));
      columns.values().forEach(cell -> row.add(cell.apply(result)));
      rows.add(row);
    }
    return new Table(name, title, heads, rows);
  }

  private Table wires() {
    List<List<Object>> rows = new ArrayList<>();
    for (WireCost cost : costs) {
      AttackResult strongest = strongestOnPrompts(cost);
      List<Object> row = new ArrayList<>(List.of(cost.depth(), cost.wire()));
      row.add(cost.quality().perplexity());
      row.add(cost.quality().agreement());
      row.add(strongest.attack());
      row.add(strongest.tokens());
      row.add(cost.signal());
      row.add(cost.epsilon());
      rows.add(row);
    }
    return new Table(
        "wires",
        "What each wire costs the model, and what the strongest attack on prompts reads over it",
        List.of(
            Column.of("depth"),
            Column.of("wire"),
            Column.of("perplexity"),
            new Column("same answer", "%"),
            Column.of("strongest attack"),
            new Column("tokens", "%"),
            new Column("two tokens apart", "standard deviations"),
            Column.of("ε at δ = 1e-5")),
        rows);
  }

  private List<Chart> charts() {
    List<Chart> charts = new ArrayList<>();
    if (plan.depths().size() > 1) {
      for (Target target : Target.values()) {
        LineChart chart = byDepth(target);
        if (!chart.series().isEmpty()) { // it is, if all answers are
          charts.add(chart);
        }
      }
    }
    if (plan.wires().size() > 1) {
      charts.add(byQuality());
    }
    return charts;
  }

  private LineChart byQuality() {
    List<LineChart.Series> series =
        plan.depths().stream()
            .map(
                depth ->
                    new LineChart.Series(
                        depth + " layers",
                        costs.stream()
                            .filter(cost -> cost.depth() == depth)
                            .sorted(
                                Comparator.comparingDouble(
                                    cost -> cost.quality().perplexity().mean()))
                            .map(this::point)
                            .toList()))
            .toList();
    return new LineChart(
        "The strongest attack on prompts over each wire, by the model's uncertainty over it",
        new Chart.Axis("uncertainty of the model's next token", "bits"),
        new Chart.Axis("tokens recovered", "%"),
        series);
  }

  private LineChart.Point point(WireCost cost) {
    double bits = Math.log(cost.quality().perplexity().mean()) / Math.log(2);
    return new LineChart.Point(bits, strongestOnPrompts(cost).tokens());
  }

  private LineChart byDepth(Target target) {
    String wire = plan.wires().get(0).toString();
    List<AttackResult> some =
        results.stream()
            .filter(f -> f.wire().equals(wire) && f.target() == target && f.tokens() != null)
            .toList();
    List<LineChart.Series> series =
        some.stream()
            .map(AttackResult::attack)
            .distinct()
            .map(
                attack ->
                    new LineChart.Series(
                        attack,
                        some.stream()
                            .filter(f -> f.attack().equals(attack))
                            .map(f -> new LineChart.Point(f.depth(), f.tokens()))
                            .toList()))
            .toList();
    return new LineChart(
        "Tokens of the " + name(target) + " recovered, " + wire,
        new Chart.Axis("layers at each end", ""),
        new Chart.Axis("tokens", "%"),
        series);
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>(usualNotes());
    if (plan.edge().isPresent()) {
      changed.forEach(
          (depth, count) ->
              notes.add(
                  "At depth "
                      + depth
                      + ", "
                      + count
                      + " of the edge's "
                      + 2 * depth
                      + " layers differ from the public ones."));
      notes.add(
          "Attackers have the public layers and know that the edge's differ. Matching takes the"
              + " nearest of its candidates, however far it is. Fitted to known tokens: the attacker"
              + " knows some of this user's text together with its states, and fits a linear map from"
              + " the public codebook to this user's states.");
    }
    return notes;
  }

  private List<String> usualNotes() {
    int learned = Math.min(plan.pairs(), plan.perceptronPairs());
    return List.of(
        "No split of public weights is private: with the public layers, what is sent reveals the"
            + " tokens. A low figure for a weak attack says nothing about what a strong one reads.",
        documents
            + (plan.corpus().isEmpty()
                ? " invented requests with invented personal data (from the thirteenth on, earlier"
                    + " ones with other data),"
                : " documents of the corpus's " + plan.corpus().size() + ",")
            + " within the model's chat template where it has one. Attackers know the template; only"
            + " the document's own tokens count. Answers are greedy, of at most "
            + plan.answerTokens()
            + " tokens. Intervals are 95 % percentile bootstrap intervals over the documents alone, not"
            + " over the seeds. "
            + (documents < FEW
                ? "With so few documents they are too narrow. Where everything was read there is no"
                    + " interval."
                : "Where everything was read there is no interval."),
        "Control: the same attack on states shuffled across all documents and positions, where it"
            + " must fail. Vocabulary matching tries the codebook's 256 best candidates at each"
            + " position; 'exact' tries the whole vocabulary if none of them fits. The control of"
            + " 'exact', over the first wire only, and that of likelihood matching are made of one"
            + " document.",
        "Attackers learn from "
            + plan.pairs()
            + " pairs of state and token, from text generated for this purpose that contains nothing of"
            + " the documents. The perceptron (H-2048-2048-tokens, arXiv 2602.16760) learns from "
            + learned
            + " of them in "
            + Training.of(learned).epochs()
            + " epochs; its figures are over "
            + plan.seeds()
            + (plan.seeds() == 1 ? " seed." : " seeds."),
        "The imprinted perceptron has the same shape, for the whole vocabulary, and learns in one pass"
            + " from all those pairs and from the codebook, which has one more pair for each token. Its"
            + " inner layers are random, over states transformed so that context moves them equally far"
            + " in all directions; its last layer holds the mean of each token's states. Its figures"
            + " are over as many seeds.",
        "Every attacker knows the wire. Attacks that learn, learn from states that came over it (over"
            + " fp32 and fp16: over the first of the two). Matching compares with what would arrive;"
            + " over noise it weighs the density of the noise with the probability that the public"
            + " model gives each token. Perplexity: of the documents, by the split model over the wire."
            + " Same answer: how many tokens of the answers given without a wire are also chosen over"
            + " it, given those before. ε: how hard the noise makes it to tell two typical tokens apart"
            + " by one position alone (zero-concentrated differential privacy); a whole text has many"
            + " positions.",
        "Answers are those that the model gives over the wire: noise and rounding change them. Their"
            + " tokens can be read from the middle's output, and from the input of the next step, which"
            + " contains all of them but the last. Noise is added on the way up only, and not to the"
            + " chat template's tokens; the cloud knows its own output exactly.",
        "The time does not include the codebook of the whole vocabulary and the training, which are"
            + " done once for a model.");
  }
}
