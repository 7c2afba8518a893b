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
import java.util.stream.Collectors;

/** What attacks found, as a report. The headline is the strongest attack at each depth. */
final class AttackReport {
  private final AttackPlan plan;
  private final List<Finding> findings;

  AttackReport(AttackPlan plan, List<Finding> findings) {
    this.plan = plan;
    this.findings = findings;
  }

  Report report(Provenance provenance) {
    String summary =
        plan.depths().stream().map(this::strongest).collect(Collectors.joining("; "))
            + ". No split of public weights hides text from a cloud that looks.";
    return new Report(
        "attack",
        "What the cloud can read",
        summary,
        provenance,
        List.of(tokens(), parts()),
        List.of(byDepth()),
        notes());
  }

  private String strongest(int depth) {
    return "Depth "
        + depth
        + ": "
        + Arrays.stream(Target.values())
            .map(
                target ->
                    findings.stream()
                        .filter(f -> f.depth() == depth && f.target() == target)
                        .max(Comparator.comparingDouble(f -> f.tokens().mean()))
                        .map(AttackReport::sentence)
                        .orElseThrow())
            .collect(Collectors.joining(", "));
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
        List.of(
            finding.attack(), name(finding.target()), finding.depth(), finding.wire().toString()));
  }

  private Table tokens() {
    List<List<Object>> rows = new ArrayList<>();
    for (Finding finding : findings) {
      List<Object> row = head(finding);
      row.add(finding.tokens());
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
            new Column("addresses", "%")),
        rows);
  }

  private Chart byDepth() {
    Wire wire = plan.wires().get(0);
    List<Chart.Series> series =
        findings.stream()
            .map(Finding::attack)
            .distinct()
            .map(
                attack ->
                    new Chart.Series(
                        attack,
                        findings.stream()
                            .filter(f -> f.attack().equals(attack) && f.wire() == wire)
                            .map(f -> new Chart.Point(f.depth(), f.tokens()))
                            .toList()))
            .toList();
    return new Chart(
        "Tokens recovered, " + wire,
        new Chart.Axis("layers at each end", ""),
        new Chart.Axis("tokens", "%"),
        series);
  }

  private List<String> notes() {
    return List.of(
        "No split of public weights is private: with the public layers, what is sent tells the"
            + " tokens. A weak attack's low figure says nothing about what a strong one reads.",
        plan.documents()
            + " invented requests with invented personal data, within the model's chat template"
            + " where it has one, which attackers know; only the document's own tokens count."
            + " Answers are greedy, of at most "
            + plan.answerTokens()
            + " tokens. Intervals: 95 %, bootstrap over documents.",
        "Control: the same attack on states shuffled across all documents and positions, where it"
            + " must fail; for vocabulary matching on one document only.",
        "Attackers learn from "
            + plan.pairs()
            + " pairs of state and token of text made up here, none of it in the documents; the"
            + " perceptron (H-2048-2048-tokens, arXiv 2602.16760) from "
            + Math.min(plan.pairs(), AttackStudy.FEW_PAIRS)
            + " of them, its figures over "
            + plan.seeds()
            + (plan.seeds() == 1 ? " seed." : " seeds."),
        "Time does not include the codebook of the whole vocabulary and the training, which are"
            + " made once for a model.");
  }
}
