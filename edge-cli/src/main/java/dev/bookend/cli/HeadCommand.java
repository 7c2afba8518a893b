package dev.bookend.cli;

import dev.bookend.TextModel;
import dev.bookend.training.EagleTraining;
import dev.bookend.training.StandInTraining;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bookend head}: draft heads for {@code --draft eagle:DIR}. */
@Command(
    name = "head",
    description = "Train draft heads of EAGLE's layout (--draft eagle:DIR).",
    synopsisSubcommandLabel = "COMMAND")
final class HeadCommand {
  @Spec private CommandSpec spec;

  @Command(
      description =
          "Train a draft head for this model on text that it writes. The whole model must be on this"
              + " machine.")
  void train(
      @Mixin ModelOptions options,
      @Option(
              names = "--tokens",
              paramLabel = "N",
              defaultValue = "200000",
              converter = PositiveNumber.class,
              description = "How many tokens the model writes (default: ${DEFAULT-VALUE}).")
          int tokens,
      @Option(
              names = "--prompts",
              paramLabel = "FILE",
              description =
                  "What it answers: a prompt in each line (UTF-8); without it, prompts that come with"
                      + " Bookend. Where they are too few, it writes further ones itself.")
          Path prompts,
      @Option(
              names = "--epochs",
              paramLabel = "N",
              defaultValue = "4",
              converter = PositiveNumber.class,
              description = "Learn N times from each text (default: ${DEFAULT-VALUE}).")
          int epochs,
      @Option(
              names = "--seed",
              paramLabel = "N",
              defaultValue = "1",
              description =
                  "The model writes other texts with another number (default: ${DEFAULT-VALUE}).")
          long seed,
      @Option(
              names = "--out",
              paramLabel = "DIR",
              required = true,
              description = "Where to write it: config.json and model.safetensors.")
          Path out) {
    List<String> lines = prompts == null ? StandInTraining.prompts() : read(prompts);
    try (TextModel model = options.open();
        ProgressBar progress = TrainingProgress.bar()) {
      new EagleTraining(model, progress, TrainingProgress::print)
          .fromOwnText(lines, tokens, seed, epochs, out);
    }
    System.out.println(out);
  }

  private List<String> read(Path file) {
    List<String> lines =
        Flag.usage(spec, () -> Flag.text("--prompts", file))
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    if (lines.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--prompts: " + file + " has no prompt");
    }
    return lines;
  }
}
