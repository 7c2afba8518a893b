package dev.bookend.cli.manual;

import static dev.bookend.cli.manual.Roff.bold;
import static dev.bookend.cli.manual.Roff.escaped;
import static dev.bookend.cli.manual.Roff.italic;

import dev.bookend.cli.completion.VisibleCommands;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * One command's page of the manual, from Picocli's model. Picocli's own generator writes AsciiDoc,
 * in which brackets and underscores of a synopsis are markup.
 */
final class ManPage {
  private static final int ONE_LINE = 100_000;

  private final CommandSpec command;
  private final Roff page = new Roff();

  private ManPage(CommandSpec command) {
    this.command = command;
  }

  /**
   * All pages of a program, by file name.
   *
   * @param version the program's, as the pages' foot shows it
   */
  static Map<String, String> all(CommandLine program, String version) {
    Map<String, String> pages = new TreeMap<>();
    for (CommandSpec command : VisibleCommands.all(program.getCommandSpec())) {
      pages.put(name(command) + ".1", new ManPage(command).write(version));
    }
    return pages;
  }

  private static String name(CommandSpec command) {
    return command.qualifiedName("-");
  }

  private String write(String version) {
    page.macro("TH", name(command).toUpperCase(Locale.ROOT), "1", "", version, "Bookend Manual");
    // Flags and addresses are copied from here: no hyphens, and no blanks for a straight margin.
    page.request("nh").request("ad l");
    List<String> description = paragraphs(command.usageMessage().description());
    page.macro("SH", "NAME");
    page.line(name(command) + " - " + description.get(0).replaceAll("[.:]$", ""));
    synopsis();
    page.macro("SH", "DESCRIPTION");
    paragraphs("PP", description);
    arguments();
    options();
    subcommands();
    exitCodes();
    related();
    return page.toString();
  }

  /** Filled, but an option's brackets stay on one line. */
  private void synopsis() {
    page.macro("SH", "SYNOPSIS");
    command.usageMessage().width(ONE_LINE);
    String all = new Help(command, Help.defaultColorScheme(Ansi.OFF)).synopsis(0).strip();
    String name = command.qualifiedName(" ");
    StringBuilder rest = new StringBuilder();
    int depth = 0;
    for (char sign : all.substring(name.length()).strip().toCharArray()) {
      depth += sign == '[' ? 1 : sign == ']' ? -1 : 0;
      rest.append(sign == ' ' && depth > 0 ? "\\ " : escaped(String.valueOf(sign)));
    }
    page.macro("HP").marked(bold(name) + " " + rest);
  }

  private void arguments() {
    List<PositionalParamSpec> arguments =
        command.positionalParameters().stream().filter(argument -> !argument.hidden()).toList();
    if (!arguments.isEmpty()) {
      page.macro("SH", "ARGUMENTS");
    }
    arguments.forEach(
        argument -> entry(italic(argument.paramLabel()), paragraphs(argument.description())));
  }

  private void options() {
    page.macro("SH", "OPTIONS");
    command.options().stream()
        .filter(option -> !option.hidden())
        .sorted(Comparator.comparing(option -> option.longestName().replaceFirst("^-+", "")))
        .forEach(option -> entry(names(option), paragraphs(option.description())));
  }

  private static String names(OptionSpec option) {
    String value = option.arity().max() > 0 ? "=" + italic(option.paramLabel()) : "";
    return Arrays.stream(option.names()).map(Roff::bold).collect(Collectors.joining(", ")) + value;
  }

  private void subcommands() {
    if (command.subcommands().isEmpty()) {
      return;
    }
    page.macro("SH", "COMMANDS");
    VisibleCommands.of(command)
        .forEach(
            (name, subcommand) ->
                entry(
                    bold(name), paragraphs(subcommand.usageMessage().description()).subList(0, 1)));
  }

  private void exitCodes() {
    page.macro("SH", "EXIT STATUS");
    command
        .usageMessage()
        .exitCodeList()
        .forEach((code, meaning) -> entry(bold(code.strip()), paragraphs(meaning)));
  }

  private void related() {
    CommandSpec parent = command.parent();
    page.macro("SH", "SEE ALSO");
    String pages =
        VisibleCommands.of(parent == null ? command : parent).values().stream()
            .filter(other -> other != command)
            .map(other -> bold(name(other)) + "(1)")
            .collect(Collectors.joining(", "));
    String above = parent == null ? "" : bold(name(parent)) + "(1)" + (pages.isEmpty() ? "" : ", ");
    page.marked(above + pages);
  }

  private void entry(String heading, List<String> description) {
    page.macro("TP").marked(heading);
    paragraphs("IP", description.isEmpty() ? List.of("") : description);
  }

  private void paragraphs(String between, List<String> description) {
    page.line(description.get(0));
    description.stream().skip(1).forEach(paragraph -> page.macro(between).line(paragraph));
  }

  private static List<String> paragraphs(String... description) {
    return Arrays.stream(description)
        .flatMap(part -> Arrays.stream(part.split("%n")))
        .map(part -> part.replace("%%", "%").strip())
        .filter(part -> !part.isEmpty())
        .toList();
  }
}
