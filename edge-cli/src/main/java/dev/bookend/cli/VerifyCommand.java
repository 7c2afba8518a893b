package dev.bookend.cli;

import dev.bookend.TextModel;
import dev.bookend.evaluation.bench.Answered;
import dev.bookend.evaluation.bench.DecoderConfiguration;
import dev.bookend.evaluation.bench.Prompt;
import dev.bookend.evaluation.bench.SystemUnderTest;
import dev.bookend.evaluation.bench.Verification;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.split.SplitOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bookend verify}: does the split model say what the whole one says? */
@Command(
    name = "verify",
    description = {
      "Compare greedy answers of the split model, token by token and with each drafter, with those"
          + " of the whole model in this process: tokens and their log-probabilities.",
      "Exit code 1 where a token differs and no near tie explains it, or a log-probability differs by"
          + " more than rounding or is no number. The whole model must fit in"
          + " memory."
    })
final class VerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions options;
  @Mixin private PromptOptions prompts;
  @Mixin private ReportOptions reports;

  @Option(
      names = "--drafters",
      paramLabel = "NAME[,NAME]",
      defaultValue = "suffix,retrieval,ngram,lookahead,standin",
      completionCandidates = DrafterNames.class,
      description =
          "Drafters as --draft of 'generate' takes them, with '+' where several guess together"
              + " (default: ${DEFAULT-VALUE}).")
  private String drafters;

  @Option(
      names = "--guesses",
      paramLabel = "N",
      defaultValue = "16",
      converter = PositiveNumber.class,
      description = "Send up to N guesses each time (default: ${DEFAULT-VALUE}).")
  private int guesses;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "100",
      converter = PositiveNumber.class,
      description = "Most tokens to generate for each (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  @Override
  public Integer call() {
    List<DecoderConfiguration> ways =
        Flag.usage(
            spec,
            () ->
                Stream.of(drafters.split(",", -1))
                    .map(name -> Flag.value("--drafters", name, DecoderConfiguration::new))
                    .toList());
    List<Prompt> texts = prompts.prompts();
    SplitOptions split = options.splitOptions();
    Path model = ModelName.fetch(options.modelName());
    try (Checkpoint checkpoint = CheckpointFiles.open(model);
        ProgressBar progress = new ProgressBar(count -> count + " answers")) {
      Flag.fits(spec, "--split", () -> split.split().requireFits(checkpoint.config()));
      Verification verification =
          new Verification(
              ways,
              texts,
              maxTokens,
              OptionalInt.of(guesses),
              reports.directory().map(Answered::log).orElseGet(Answered::log),
              progress);
      try (SystemUnderTest subject =
          SystemUnderTest.of(
              TextModel.open(CheckpointFiles.open(model), split),
              name -> CheckpointFiles.open(ModelName.fetch(name)))) {
        verification.run(subject, checkpoint);
      }
      progress.end();
      reports.show(
          verification.report(reports.provenance(options.modelName(), checkpoint.fingerprint())));
      return verification.isIdentical() ? CommandLine.ExitCode.OK : Failures.FAILURE;
    }
  }
}
