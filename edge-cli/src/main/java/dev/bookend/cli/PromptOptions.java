package dev.bookend.cli;

import dev.bookend.evaluation.bench.BenchPrompt;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flag that says which prompts to decode. */
final class PromptOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--prompts",
      paramLabel = "N|FILE",
      description =
          "The first N of each category of Bookend's own prompts, or a file of JSON lines"
              + " {\"category\", \"prompt\"} (default: all of Bookend's own).")
  private String which;

  List<BenchPrompt> prompts() {
    return Flag.usage(spec, this::read);
  }

  private List<BenchPrompt> read() {
    if (which == null) {
      return BenchPrompt.builtIn();
    }
    if (which.matches("[0-9]{1,6}")) {
      int each = Integer.parseInt(which);
      if (each == 0) {
        throw new IllegalArgumentException("--prompts: there must be at least 1 of each category");
      }
      return BenchPrompt.first(each, BenchPrompt.builtIn());
    }
    return Flag.value("--prompts", Path.of(which), BenchPrompt::read);
  }
}
