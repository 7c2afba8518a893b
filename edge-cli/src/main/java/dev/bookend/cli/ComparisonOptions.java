package dev.bookend.cli;

import dev.bookend.TextModel;
import dev.bookend.evaluation.bench.BenchPrompt;
import dev.bookend.evaluation.bench.DecoderConfiguration;
import dev.bookend.evaluation.bench.SystemUnderTest;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.split.SplitOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The flags of the commands that compare the answers of several decoder configurations. */
final class ComparisonOptions {
  private static final String AS_MANY_AS_PAY = "auto";

  @Mixin private ModelOptions model;
  @Mixin private PromptOptions prompts;
  @Mixin private ReportOptions reports;

  @Option(
      names = "--drafters",
      paramLabel = "NAME[,NAME]",
      completionCandidates = DrafterNames.class,
      converter = Configurations.class,
      description =
          "The decoder configurations to compare with sequential decoding: drafters as --draft of"
              + " 'generate' takes them, with '+' between those that draft together, and '/waits' at"
              + " the end to send no step before the answer to the previous one has arrived (default:"
              + " ${DEFAULT-VALUE}).")
  private String drafters;

  @Option(
      names = {"--draft-tokens", "--guesses"},
      paramLabel = "N",
      converter = DraftTokens.class,
      description =
          "Send at most N draft tokens in a round trip; '"
              + AS_MANY_AS_PAY
              + "': as many as pay on this machine (default: ${DEFAULT-VALUE}).")
  private String draftTokens;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      converter = PositiveNumber.class,
      description = "Most tokens to generate for each prompt (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  /** With the defaults of a command. */
  ComparisonOptions(String drafters, String draftTokens, int maxTokens) {
    this.drafters = drafters;
    this.draftTokens = draftTokens;
    this.maxTokens = maxTokens;
  }

  /** Reads the names of decoder configurations. */
  private static final class Configurations extends FlagValue<String> {
    Configurations() {
      super(
          checked(
              names -> Stream.of(names.split(",", -1)).map(DecoderConfiguration::new).toList()));
    }
  }

  /** Reads how many draft tokens to send at most. */
  private static final class DraftTokens implements CommandLine.ITypeConverter<String> {
    @Override
    public String convert(String value) throws TypeConversionException {
      return value.equals(AS_MANY_AS_PAY)
          ? value
          : Integer.toString(new PositiveNumber().convert(value));
    }
  }

  /**
   * The decoder configurations to compare.
   *
   * @param more names of others, besides those that the user has given
   */
  List<DecoderConfiguration> configurations(Stream<String> more) {
    return Stream.concat(Stream.of(drafters.split(",", -1)), more)
        .map(DecoderConfiguration::new)
        .toList();
  }

  /** Most draft tokens in a round trip; empty: as many as pay. */
  OptionalInt draftTokens() {
    return draftTokens.equals(AS_MANY_AS_PAY)
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseInt(draftTokens));
  }

  int maxTokens() {
    return maxTokens;
  }

  List<BenchPrompt> prompts() {
    return prompts.prompts();
  }

  /** What the flags say of the split, before a model is loaded. */
  SplitOptions splitOptions() {
    return model.splitOptions();
  }

  /** Where the model is, once it has been fetched if need be. */
  Path fetch() {
    return ModelName.fetch(model.modelName());
  }

  /** Opens a fetched model. */
  static SystemUnderTest open(Path model, SplitOptions options) {
    return SystemUnderTest.of(
        TextModel.open(CheckpointOpening.open(model), options), new NamedDraftModels());
  }

  /** Where results are kept as they are made; empty: only in memory. */
  Optional<Path> directory() {
    return reports.directory();
  }

  Provenance provenance(String weights) {
    return reports.provenance(model.modelName(), weights);
  }

  /**
   * Shows a report.
   *
   * @return the exit code
   */
  int show(Report report, boolean isIdentical) {
    reports.show(report);
    return isIdentical ? CommandLine.ExitCode.OK : Failures.FAILURE;
  }
}
