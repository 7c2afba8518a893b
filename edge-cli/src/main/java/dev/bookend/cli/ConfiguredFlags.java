package dev.bookend.cli;

import dev.bookend.cli.config.ConfigException;
import dev.bookend.cli.config.Configuration;
import dev.bookend.cli.config.ConfiguredDefaults;
import dev.bookend.error.VisibleText;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Reads a command line once more, with what is configured as the defaults of its flags: only what
 * was typed tells for which command and profile that is.
 */
final class ConfiguredFlags {
  private ConfiguredFlags() {}

  /**
   * The same command line with what is configured.
   *
   * @throws ParameterException if that cannot be read, except where somebody asks for help
   */
  static ParseResult of(ParseResult typed, Map<String, String> variables) {
    CommandSpec command = last(typed).commandSpec();
    if (ConfigCommand.isAboutConfiguration(command) || isVersion(typed)) {
      return typed;
    }
    boolean isHelp = isHelp(typed);
    if (isHelp) {
      fitHelp(typed.commandSpec().commandLine(), variables);
    }
    if (!Main.isWhole(command)) {
      return typed; // for nothing is configured
    }
    try {
      Configuration configuration = read(typed, variables, isHelp);
      if (configuration.isEmpty()) {
        return typed;
      }
      if (!isHelp) {
        configuration.requireValid(command);
      }
      CommandLine program = typed.commandSpec().commandLine();
      program.setDefaultValueProvider(new ConfiguredDefaults(configuration, isHelp));
      List<String> words = typed.originalArgs();
      return program.parseArgs(words.toArray(String[]::new));
    } catch (ConfigException e) {
      if (isHelp) {
        command
            .commandLine()
            .getErr()
            .println(
                "bookend: the defaults are not those configured: "
                    + VisibleText.line(e.getMessage()));
        return typed;
      }
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private static void fitHelp(CommandLine program, Map<String, String> variables) {
    OptionalInt columns = TerminalWidth.wanted(variables);
    if (columns.isEmpty() && StandardStreams.outputIsTerminal()) {
      columns = TerminalWidth.columns();
    }
    columns.ifPresent(width -> HelpLayout.fit(program, width));
  }

  private static Configuration read(
      ParseResult typed, Map<String, String> variables, boolean isHelp) {
    CommandSpec program = typed.commandSpec();
    return isHelp
        ? Configuration.readLeniently(program, variables, Main.profile(program))
        : Configuration.read(program, variables, Main.profile(program));
  }

  private static ParseResult last(ParseResult parsed) {
    return parsed.hasSubcommand() ? last(parsed.subcommand()) : parsed;
  }

  private static boolean isHelp(ParseResult parsed) {
    return parsed.isUsageHelpRequested()
        || parsed.commandSpec().helpCommand()
        || (parsed.hasSubcommand() && isHelp(parsed.subcommand()));
  }

  private static boolean isVersion(ParseResult parsed) {
    return parsed.isVersionHelpRequested()
        || (parsed.hasSubcommand() && isVersion(parsed.subcommand()));
  }
}
