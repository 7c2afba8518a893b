package dev.bookend.cli;

import static java.nio.file.StandardOpenOption.CREATE_NEW;

import dev.bookend.TextModel;
import dev.bookend.error.FileProblem;
import dev.bookend.training.StandInTraining;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bookend standin}: ready stand-ins for {@code --draft standin}. */
@Command(
    name = "standin",
    description = "Train draft heads that stand in for the middle of a model (--draft standin).",
    synopsisSubcommandLabel = "COMMAND")
final class StandinCommand {
  @Spec private CommandSpec spec;

  @Command(
      description =
          "Train a stand-in head for this model and split, on text that the model writes or is given.")
  void train(
      @Mixin ModelOptions options,
      @Option(
              names = "--tokens",
              paramLabel = "N",
              defaultValue = "30000",
              converter = PositiveNumber.class,
              description = "Most tokens to learn from (default: ${DEFAULT-VALUE}).")
          int tokens,
      @Option(
              names = "--text",
              paramLabel = "FILE",
              description =
                  "Learn from this text (UTF-8), or from several with a form feed between two; without it"
                      + " and --phrases, from text the model writes.")
          Path text,
      @Option(
              names = "--phrases",
              fallbackValue = "true",
              description =
                  "Learn from the texts that --draft retrieval looks in: those that come with Bookend, and"
                      + " your own sessions kept with --history.")
          boolean phrases,
      @Option(
              names = "--epochs",
              paramLabel = "N",
              defaultValue = "1",
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
              names = "--resume",
              paramLabel = "FILE",
              description =
                  "Let the head in this file learn more, instead of a new one; fails if it does not become"
                      + " better.")
          Path begun,
      @Option(
              names = "--keep-text",
              paramLabel = "FILE",
              description =
                  "Also keep the text that the model writes in this file, for --text of another training.")
          Path keep,
      @Option(
              names = "--out",
              paramLabel = "FILE",
              description = "Where to write it (default: where --draft standin looks for it).")
          Path out) {
    String content = text == null ? null : Flag.usage(spec, () -> Flag.text("--text", text));
    try (TextModel model = options.open();
        ProgressBar progress = TrainingProgress.bar()) {
      StandInTraining training =
          new StandInTraining(
              model, Optional.ofNullable(begun), epochs, progress, TrainingProgress::print);
      List<int[]> texts = new ArrayList<>();
      if (content != null) {
        texts.addAll(training.texts(content));
      }
      if (phrases) {
        texts.addAll(training.retrievalTexts());
      }
      Optional<Path> file = Optional.ofNullable(out);
      System.out.println(
          content == null && !phrases
              ? fromOwnText(training, tokens, seed, keep, file)
              : training.fromTexts(texts, tokens, file));
    }
  }

  private Path fromOwnText(
      StandInTraining training, int tokens, long seed, Path keep, Optional<Path> out) {
    if (keep == null) {
      return training.fromOwnText(tokens, seed, text -> {}, out);
    }
    try (PrintWriter kept = new PrintWriter(Files.newBufferedWriter(keep, CREATE_NEW))) {
      return training.fromOwnText(
          tokens,
          seed,
          text -> {
            kept.write(text + "\f");
            kept.flush();
          },
          out);
    } catch (IOException e) {
      throw new ParameterException(
          spec.commandLine(), "--keep-text: cannot write " + keep + ": " + FileProblem.of(e), e);
    }
  }
}
