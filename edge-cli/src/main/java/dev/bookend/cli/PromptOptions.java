package dev.bookend.cli;

import dev.bookend.evaluation.bench.Prompt;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flag that says which prompts to measure with. */
final class PromptOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--prompts",
      paramLabel = "N|FILE",
      description =
          "The first N of each category, or JSON lines {\"category\", \"prompt\"} (default: all of"
              + " Bookend's own).")
  private String which;

  List<Prompt> prompts() {
    return Flag.usage(spec, this::read);
  }

  private List<Prompt> read() {
    if (which == null) {
      return Prompt.builtIn();
    }
    if (which.matches("[0-9]{1,6}")) {
      int each = Integer.parseInt(which);
      if (each == 0) {
        throw new IllegalArgumentException("--prompts: there must be at least 1 of each category");
      }
      return Prompt.first(each, Prompt.builtIn());
    }
    return Flag.value("--prompts", Path.of(which), Prompt::read);
  }
}
