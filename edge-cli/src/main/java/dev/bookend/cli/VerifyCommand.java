package dev.bookend.cli;

import dev.bookend.evaluation.bench.Answered;
import dev.bookend.evaluation.bench.BenchPrompt;
import dev.bookend.evaluation.bench.DecoderConfiguration;
import dev.bookend.evaluation.bench.SystemUnderTest;
import dev.bookend.evaluation.bench.Verification;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.split.SplitOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code bookend verify}: whether the split model gives the whole model's answers. */
@Command(
    name = "verify",
    description = {
      "Compare greedy answers of the split model, with each decoder configuration, with those of the"
          + " whole model in this process: their tokens and log-probabilities.",
      "Exit code 1 if a token differs and no near tie explains it, or if a log-probability differs by"
          + " more than rounding or is not a number. The whole model must fit in memory."
    })
final class VerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin
  private ComparisonOptions options =
      new ComparisonOptions("suffix,retrieval,recycling,ngram,lookahead,standin", "16", 100);

  @Override
  public Integer call() {
    List<DecoderConfiguration> configurations = options.configurations(Stream.empty());
    List<BenchPrompt> prompts = options.prompts();
    SplitOptions split = options.splitOptions();
    Path model = options.fetch();
    try (Checkpoint checkpoint = CheckpointOpening.open(model);
        ProgressBar progress = new ProgressBar(count -> count + " answers")) {
      Flag.fits(spec, "--split", () -> split.split().requireFits(checkpoint.config()));
      Verification verification =
          new Verification(
              configurations,
              prompts,
              options.maxTokens(),
              options.draftTokens(),
              Answered.log(options.directory()),
              progress);
      try (SystemUnderTest system = ComparisonOptions.open(model, split)) {
        verification.run(system, checkpoint);
      }
      progress.end();
      return options.show(
          verification.report(options.provenance(checkpoint.fingerprint())),
          verification.isIdentical());
    }
  }
}
