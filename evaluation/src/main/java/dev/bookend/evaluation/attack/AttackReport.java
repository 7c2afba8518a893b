package dev.bookend.evaluation.attack;

import dev.bookend.evaluation.attack.Finding.Target;
import dev.bookend.evaluation.report.Chart;
import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What attacks found, as a report. The headline is the strongest attack at each depth. */
final class AttackReport {
  private static final int FEW = 10;

  private final AttackPlan plan;
  private final int documents;
  private final Map<Integer, Integer> changed;
  private final List<Finding> findings;
  private final List<WireCost> costs;

  /**
   * @param documents that were attacked
   * @param changed layers at the edge that attackers do not know, by depth
   */
  AttackReport(
      AttackPlan plan,
      int documents,
      Map<Integer, Integer> changed,
      List<Finding> findings,
      List<WireCost> costs) {
    this.plan = plan;
    this.documents = documents;
    this.changed = changed;
    this.findings = findings;
    this.costs = costs;
  }

  Report report(Provenance provenance) {
    String summary =
        plan.depths().stream().map(this::strongest).collect(Collectors.joining("; "))
            + ". "
            + plan.edge()
                .map(
                    edge ->
                        "Here the edge's layers have "
                            + edge
                            + " that attackers do not know; the model's own perplexity tells what"
                            + " it costs.")
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
            .flatMap(target -> strongest(f -> f.depth() == depth && f.target() == target).stream())
            .map(AttackReport::sentence)
            .collect(Collectors.joining(", "));
  }

  /** Of some findings the one that reads most. */
  private Optional<Finding> strongest(Predicate<Finding> some) {
    return findings.stream()
        .filter(some.and(f -> f.tokens() != null))
        .max(Comparator.comparingDouble(f -> f.tokens().mean()));
  }

  /** The strongest attack on prompts over a wire. */
  private Finding strongest(WireCost cost) {
    return strongest(
            f ->
                f.depth() == cost.depth()
                    && f.wire().equals(cost.wire())
                    && f.target() == Target.PROMPT)
        .orElseThrow();
  }

  private static String sentence(Finding finding) {
    return String.format(
        Locale.ROOT,
        "%s reads %.1f %% of the %s",
        finding.attack(),
        finding.tokens().mean(),
        name(finding.target()));
  }

  private static String name(Target target) {
    return target.name().toLowerCase(Locale.ROOT);
  }

  private static List<Object> head(Finding finding) {
    return new ArrayList<>(
        List.of(finding.attack(), name(finding.target()), finding.depth(), finding.wire()));
  }

  private Table tokens() {
    List<List<Object>> rows = new ArrayList<>();
    for (Finding finding : findings) {
      List<Object> row = head(finding);
      row.add(finding.tokens());
      row.add(Finding.percent(finding.recovered(), Recovery::amongFive));
      row.add(Finding.percent(finding.control(), Recovery::tokens));
      row.add(finding.secondsPerToken());
      rows.add(row);
    }
    return new Table(
        "attacks",
        "Tokens recovered",
        List.of(
            Column.of("attack"),
            Column.of("on"),
            Column.of("depth"),
            Column.of("wire"),
            new Column("tokens", "%"),
            new Column("among five", "%"),
            new Column("control", "%"),
            new Column("time", "s/token")),
        rows);
  }

  private Table parts() {
    List<List<Object>> rows = new ArrayList<>();
    for (Finding finding : findings) {
      List<Object> row = head(finding);
      row.add(Finding.percent(finding.recovered(), Recovery::sentences));
      row.add(Finding.percent(finding.recovered(), Recovery::documents));
      row.add(Finding.percent(finding.recovered(), Recovery::names));
      row.add(Finding.percent(finding.recovered(), Recovery::numbers));
      row.add(Finding.percent(finding.recovered(), Recovery::addresses));
      row.add(Finding.percent(finding.recovered(), Recovery::characters));
      rows.add(row);
    }
    return new Table(
        "parts",
        "Recovered word for word",
        List.of(
            Column.of("attack"),
            Column.of("on"),
            Column.of("depth"),
            Column.of("wire"),
            new Column("sentences", "%"),
            new Column("whole texts", "%"),
            new Column("names", "%"),
            new Column("numbers", "%"),
            new Column("addresses", "%"),
            new Column("chrF2", "%")),
        rows);
  }

  private Table wires() {
    List<List<Object>> rows = new ArrayList<>();
    for (WireCost cost : costs) {
      Finding strongest = strongest(cost);
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
        "What the wire takes from the model, and what it leaves to the strongest attack on prompts",
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
        Chart chart = byDepth(target);
        if (!chart.series().isEmpty()) { // all answers may be empty
          charts.add(chart);
        }
      }
    }
    if (plan.wires().size() > 1) {
      charts.add(byQuality());
    }
    return charts;
  }

  private Chart byQuality() {
    List<Chart.Series> series =
        plan.depths().stream()
            .map(
                depth ->
                    new Chart.Series(
                        depth + " layers",
                        costs.stream()
                            .filter(cost -> cost.depth() == depth)
                            .sorted(
                                Comparator.comparingDouble(
                                    cost -> cost.quality().perplexity().mean()))
                            .map(this::point)
                            .toList()))
            .toList();
    return new Chart(
        "The strongest attack on prompts against what the model still knows, over each wire",
        new Chart.Axis("uncertainty of the model's next token", "bits"),
        new Chart.Axis("tokens recovered", "%"),
        series);
  }

  private Chart.Point point(WireCost cost) {
    double bits = Math.log(cost.quality().perplexity().mean()) / Math.log(2);
    return new Chart.Point(bits, strongest(cost).tokens());
  }

  private Chart byDepth(Target target) {
    String wire = plan.wires().get(0).toString();
    List<Finding> some =
        findings.stream()
            .filter(f -> f.wire().equals(wire) && f.target() == target && f.tokens() != null)
            .toList();
    List<Chart.Series> series =
        some.stream()
            .map(Finding::attack)
            .distinct()
            .map(
                attack ->
                    new Chart.Series(
                        attack,
                        some.stream()
                            .filter(f -> f.attack().equals(attack))
                            .map(f -> new Chart.Point(f.depth(), f.tokens()))
                            .toList()))
            .toList();
    return new Chart(
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
                      + " layers are not the public ones."));
      notes.add(
          "Attackers have the public layers and know that the edge's are others. Matching takes the"
              + " nearest of its guesses, fitting or not. Fitted to known tokens: from text of this"
              + " user's that the attacker knows together with its states, a linear map of the"
              + " public codebook to this user's.");
    }
    return notes;
  }

  private List<String> usualNotes() {
    return List.of(
        "No split of public weights is private: with the public layers, what is sent tells the"
            + " tokens. A weak attack's low figure says nothing about what a strong one reads.",
        documents
            + (plan.corpus().isEmpty()
                ? " invented requests with invented personal data (from the thirteenth on, earlier"
                    + " ones with other data),"
                : " documents of the corpus's " + plan.corpus().size() + ",")
            + " within the model's chat template where it has one, which attackers know; only the"
            + " document's own tokens count."
            + " Answers are greedy, of at most "
            + plan.answerTokens()
            + " tokens. Intervals: 95 %, percentile bootstrap over the documents alone, not over the"
            + " seeds. "
            + (documents < FEW
                ? "Of so few documents they are too narrow, and where all was read there is none."
                : "Where all was read there is none."),
        "Control: the same attack on states shuffled across all documents and positions, where it"
            + " must fail. Vocabulary matching tries the codebook's 256 best guesses at each position;"
            + " exact: then the whole vocabulary. The control of that, over the first wire only, and of"
            + " likelihood matching is one document.",
        "Attackers learn from "
            + plan.pairs()
            + " pairs of state and token of text made up here, none of it in the documents; the"
            + " perceptron (H-2048-2048-tokens, arXiv 2602.16760) from "
            + Math.min(plan.pairs(), plan.perceptronPairs())
            + " of them, in "
            + Training.of(Math.min(plan.pairs(), plan.perceptronPairs())).epochs()
            + " passes; its figures over "
            + plan.seeds()
            + (plan.seeds() == 1 ? " seed." : " seeds."),
        "The imprinted perceptron has the same shape, for the whole vocabulary, and learns in one"
            + " pass from all those pairs and one more for each token, the codebook: random layers"
            + " inside, over states in which context moves all directions alike, and in the last"
            + " one the mean of each token's. Its figures are over as many seeds.",
        "Every attacker knows the wire: what learns, learns from states that came over it (fp16: over"
            + " the first of fp32 and fp16); matching"
            + " compares with what would arrive, and over noise weighs its density with how likely the"
            + " public model finds each token. Perplexity: of the documents, by the split model over"
            + " the wire. Same answer: of the answers given without a wire, the"
            + " tokens that are chosen over it too, given those before. ε: how hard the noise makes it to tell two typical tokens apart by one"
            + " position alone (zero-concentrated differential privacy); a whole text has many.",
        "Answers are those that are given over the wire: noise and rounding change them. Their tokens"
            + " can be read from the middle's output, and from the next step's input, where all but the"
            + " last come again. Noise is added on the way up only, to all but the chat template's"
            + " tokens; the cloud knows its own output as it leaves.",
        "Time does not include the codebook of the whole vocabulary and the training, which are"
            + " made once for a model.");
  }
}
