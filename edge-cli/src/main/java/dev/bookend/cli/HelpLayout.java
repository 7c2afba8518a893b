package dev.bookend.cli;

import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_DESCRIPTION;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_EXIT_CODE_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_FOOTER;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_PARAMETER_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_SYNOPSIS;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING;

import dev.bookend.cli.completion.VisibleCommands;
import dev.bookend.cli.markdown.RowWrap;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jline.utils.AttributedString;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Help as wide as the terminal. Picocli's two columns need 55; where there are fewer, what
 * describes something stands below it.
 */
final class HelpLayout {
  private static final int FEWEST = 55;
  private static final int MOST = 100;
  private static final int INDENT = 2;

  private final int width;

  private HelpLayout(int width) {
    this.width = width;
  }

  /** Lays out the help of all commands of a program. */
  static void fit(CommandLine program, int columns) {
    if (columns >= FEWEST) {
      program.setUsageHelpWidth(Math.min(columns, MOST));
      return;
    }
    HelpLayout layout = new HelpLayout(Math.max(1, columns));
    Map<String, IHelpSectionRenderer> sections = new HashMap<>(program.getHelpSectionMap());
    sections.put(SECTION_KEY_SYNOPSIS_HEADING, help -> "");
    sections.put(SECTION_KEY_SYNOPSIS, layout::synopsis);
    sections.put(
        SECTION_KEY_DESCRIPTION,
        help -> layout.paragraphs(help.commandSpec().usageMessage().description()));
    sections.put(SECTION_KEY_PARAMETER_LIST, layout::parameters);
    sections.put(SECTION_KEY_OPTION_LIST, layout::options);
    sections.put(SECTION_KEY_COMMAND_LIST, layout::commands);
    sections.put(SECTION_KEY_EXIT_CODE_LIST, layout::exitCodes);
    sections.put(
        SECTION_KEY_FOOTER, help -> layout.paragraphs(help.commandSpec().usageMessage().footer()));
    program.setHelpSectionMap(sections);
  }

  private String synopsis(Help help) {
    CommandSpec command = help.commandSpec();
    String arguments =
        command.positionalParameters().stream()
            .map(argument -> " " + label(argument))
            .collect(Collectors.joining());
    String own = command.subcommands().isEmpty() ? "" : " [COMMAND]";
    return wrapped("Usage: " + command.qualifiedName() + " [FLAGS]" + arguments + own, 0);
  }

  private static String label(ArgSpec argument) {
    return argument.required() ? argument.paramLabel() : "[" + argument.paramLabel() + "]";
  }

  private String parameters(Help help) {
    return help.commandSpec().positionalParameters().stream()
        .map(argument -> entry(label(argument), String.join(" ", argument.description())))
        .collect(Collectors.joining());
  }

  private String options(Help help) {
    return help.commandSpec().options().stream()
        .filter(option -> !option.hidden())
        .sorted(Comparator.comparing(OptionSpec::longestName))
        .map(
            option ->
                entry(
                    String.join(", ", option.names())
                        + (option.arity().max() > 0 ? " " + option.paramLabel() : ""),
                    String.join(" ", option.description())))
        .collect(Collectors.joining());
  }

  private String commands(Help help) {
    return VisibleCommands.of(help.commandSpec()).values().stream()
        .map(
            command -> {
              String[] description = command.usageMessage().description();
              return entry(command.name(), description.length == 0 ? "" : description[0]);
            })
        .collect(Collectors.joining());
  }

  private String exitCodes(Help help) {
    return help.commandSpec().usageMessage().exitCodeList().entrySet().stream()
        .map(code -> entry(code.getKey(), code.getValue()))
        .collect(Collectors.joining());
  }

  private String entry(String what, String description) {
    return wrapped(what, INDENT) + (description.isEmpty() ? "" : wrapped(description, 2 * INDENT));
  }

  private String paragraphs(String... texts) {
    StringBuilder all = new StringBuilder();
    for (String text : texts) {
      all.append(wrapped(text, 0));
    }
    return all.toString();
  }

  private String wrapped(String text, int indent) {
    String margin = " ".repeat(Math.min(indent, width / 4));
    return RowWrap.wrap(new AttributedString(text.strip()), width - margin.length()).stream()
        .map(row -> (margin + row).stripTrailing() + System.lineSeparator())
        .collect(Collectors.joining());
  }
}
