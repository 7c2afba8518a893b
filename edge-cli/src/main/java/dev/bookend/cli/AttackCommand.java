package dev.bookend.cli;

import dev.bookend.evaluation.attack.AttackPlan;
import dev.bookend.evaluation.attack.AttackStudy;
import dev.bookend.evaluation.attack.EdgeLora;
import dev.bookend.evaluation.attack.Round;
import dev.bookend.evaluation.attack.Wire;
import dev.bookend.evaluation.eval.Script;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.split.Split;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bookend attack}: measures what the cloud can read. */
@Command(
    name = "attack",
    description = {
      "Recover prompts and answers from what a split model sends to the cloud, as whoever runs the"
          + " cloud half could.",
      "Attacks invented documents in this process, on the CPU; nothing is sent. The whole model must"
          + " fit in memory."
    })
final class AttackCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelName model;
  @Mixin private ReportOptions reports;

  /** Reads how hidden states are sent. */
  private static final class WireName extends FlagValue<Wire> {
    WireName() {
      super(Wire::parse);
    }
  }

  /** Reads how the layers at the edge have been changed. */
  private static final class EdgeLoraText extends FlagValue<EdgeLora> {
    EdgeLoraText() {
      super(EdgeLora::parse);
    }
  }

  @Option(
      names = "--depths",
      paramLabel = "K[,K]",
      split = ",",
      hideParamSyntax = true,
      converter = PositiveNumber.class,
      description = "Layers kept at each end (default: 2,4,8; with --quick: 4).")
  private List<Integer> depths = new ArrayList<>();

  @Option(
      names = "--wire",
      paramLabel = "TYPE[,TYPE]",
      split = ",",
      hideParamSyntax = true,
      defaultValue = "fp32",
      converter = WireName.class,
      description =
          "Format in which hidden states are sent: fp32, fp16, int8, int4, or noise=S, which adds"
              + " Gaussian noise with a standard deviation of S times the root mean square of each"
              + " state (default: ${DEFAULT-VALUE}). Attackers know the format.")
  private List<Wire> wires = new ArrayList<>();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      converter = PositiveNumber.class,
      description = "Train the perceptrons with N random seeds (default: 3; with --quick: 1).")
  private Integer seeds;

  @Option(
      names = "--perceptron-pairs",
      paramLabel = "N",
      defaultValue = "1100",
      converter = PositiveNumber.class,
      description =
          "Pairs of state and token that the perceptron learns from (default: ${DEFAULT-VALUE}, as in"
              + " arXiv 2602.16760; 50000 take minutes for each depth and seed).")
  private int perceptronPairs;

  @Option(
      names = "--edge-lora",
      paramLabel = "FILE|random:R:SIZE",
      converter = EdgeLoraText.class,
      description =
          "Attack a user whose layers at the edge have been changed in a way that attackers do not"
              + " know: by a LoRA adapter (PEFT's adapter_model.safetensors; give the number of layers at"
              + " each end that it is for with --depths), or by a random one of rank R whose change of"
              + " each matrix has SIZE times the matrix's norm.")
  private EdgeLora edgeLora;

  @Option(
      names = "--corpus",
      paramLabel = "FILE",
      description =
          "Attack these documents, JSON lines {\"text\"}, instead of invented ones. Which names,"
              + " numbers and addresses they contain is not known, and is not reported.")
  private Path corpus;

  @Option(
      names = "--documents",
      paramLabel = "N",
      converter = PositiveNumber.class,
      description =
          "Attack N documents (default: 12, with --quick 4; of a corpus all, with --quick 4).")
  private Integer documents;

  @Option(
      names = "--quick",
      fallbackValue = "true",
      description = "Attack less, in a minute or two; intervals are wide.")
  private boolean quick;

  @Override
  public Integer call() {
    AttackPlan plan = Flag.usage(spec, this::plan);
    try (Checkpoint checkpoint = CheckpointOpening.open(model.fetch());
        ProgressBar progress = new ProgressBar(Long::toString)) {
      for (int depth : plan.depths()) {
        Split split = new Split(depth, depth);
        Flag.fits(spec, "--depths", () -> split.requireFits(checkpoint.config()));
      }
      Provenance provenance = reports.provenance(model.name(), checkpoint.fingerprint());
      ResultLog<Round> log = Round.log(reports.directory());
      Report report = AttackStudy.run(checkpoint, plan, provenance, log, progress);
      progress.end();
      reports.show(report);
      return CommandLine.ExitCode.OK;
    }
  }

  private AttackPlan plan() {
    List<Integer> usual = quick ? List.of(4) : List.of(2, 4, 8);
    List<Integer> where = depths.isEmpty() ? usual : depths;
    List<String> texts =
        corpus == null ? List.of() : Flag.value("--corpus", corpus, Script::readTexts);
    int pairs = Math.max(perceptronPairs, quick ? 3000 : 20_000);
    return new AttackPlan(
        where,
        wires,
        texts,
        or(documents, quick ? 4 : texts.isEmpty() ? 12 : texts.size()),
        or(seeds, quick ? 1 : 3),
        quick ? 16 : 48,
        pairs,
        perceptronPairs,
        Optional.ofNullable(edgeLora),
        !quick);
  }

  private static int or(Integer given, int otherwise) {
    return given == null ? otherwise : given;
  }
}
