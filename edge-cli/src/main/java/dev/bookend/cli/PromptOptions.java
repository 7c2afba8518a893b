package dev.bookend.cli;

import dev.bookend.evaluation.bench.BenchPrompt;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flag that says which prompts to decode. */
final class PromptOptions {
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,6}");

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--prompts",
      paramLabel = "N|FILE",
      converter = NumberOrFile.class,
      description =
          "The first N of each category of Bookend's own prompts, or a file of JSON lines"
              + " {\"category\", \"prompt\"} (default: all of Bookend's own).")
  private String which;

  /** Reads how many of Bookend's own prompts, or which others. */
  private static final class NumberOrFile extends FlagValue<String> {
    NumberOrFile() {
      super(checked(NumberOrFile::check));
    }

    private static String check(String text) {
      if (NUMBER.matcher(text).matches() && Integer.parseInt(text) == 0) {
        throw new IllegalArgumentException("there must be at least 1 of each category");
      }
      return text;
    }
  }

  List<BenchPrompt> prompts() {
    return Flag.usage(spec, this::read);
  }

  private List<BenchPrompt> read() {
    if (which == null) {
      return BenchPrompt.builtIn();
    }
    if (NUMBER.matcher(which).matches()) {
      return BenchPrompt.first(Integer.parseInt(which), BenchPrompt.builtIn());
    }
    return Flag.value("--prompts", Path.of(which), BenchPrompt::read);
  }
}
