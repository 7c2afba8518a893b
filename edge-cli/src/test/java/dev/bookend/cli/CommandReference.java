package dev.bookend.cli;

import dev.bookend.cli.completion.VisibleCommands;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** All commands and flags as docs/commands.md lists them, from Picocli's model. */
final class CommandReference {
  private static final String HEAD =
      """
      # Commands and flags

      Every command with every flag, as `bookend COMMAND --help` prints them. The flags that all commands have are
      `-h`, `--help` and `-V`, `--version`. What they are good for is in the [user guide](user-guide.md).
      """;

  private final StringBuilder page = new StringBuilder(HEAD);

  private CommandReference() {}

  static String of(CommandLine program) {
    CommandReference reference = new CommandReference();
    VisibleCommands.all(program.getCommandSpec()).stream().skip(1).forEach(reference::command);
    return reference.page.toString();
  }

  private void command(CommandSpec command) {
    page.append("\n## ").append(command.qualifiedName(" ")).append("\n\n");
    page.append(text(command.usageMessage().description())).append("\n");
    List<OptionSpec> flags =
        command.options().stream()
            .filter(Predicate.not(OptionSpec::hidden))
            .filter(flag -> !flag.usageHelp() && !flag.versionHelp())
            .sorted(Comparator.comparing(OptionSpec::longestName))
            .toList();
    List<PositionalParamSpec> arguments =
        command.positionalParameters().stream().filter(one -> !one.hidden()).toList();
    if (flags.isEmpty() && arguments.isEmpty()) {
      return;
    }
    page.append("\n| | |\n|---|---|\n");
    arguments.forEach(one -> row(one.paramLabel(), one.description()));
    for (OptionSpec flag : flags) {
      String value = flag.arity().max() > 0 ? " " + flag.paramLabel() : "";
      // The short names first, each once.
      TreeSet<String> names = new TreeSet<>(Comparator.comparing(String::length));
      names.addAll(Arrays.asList(flag.names()));
      row(String.join(", ", names) + value, flag.description());
    }
  }

  private void row(String name, String... description) {
    page.append("| `").append(name.replace("|", "\\|")).append("` | ");
    page.append(text(description)).append(" |\n");
  }

  /** One paragraph, in which nothing is markup. */
  private static String text(String... description) {
    return Arrays.stream(description)
        .map(part -> part.replace("%n", " ").replace("%%", "%"))
        .collect(Collectors.joining(" "))
        .replaceAll("([\\\\`*_<>|\\[\\]])", "\\\\$1")
        .replaceAll("\\s+", " ")
        .strip();
  }
}
