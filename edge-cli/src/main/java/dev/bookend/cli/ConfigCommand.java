package dev.bookend.cli;

import dev.bookend.cli.config.ConfigException;
import dev.bookend.cli.config.Configuration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bookend config}: what flags are that are not typed. */
@Command(
    name = "config",
    description = {
      "Show the values of flags that are not typed, and where each comes from: an environment"
          + " variable, a profile, the configuration file, or the flag's default.",
      "Secrets are not shown."
    },
    subcommands = {
      ConfigListCommand.class,
      ConfigCheckCommand.class,
      ConfigPathCommand.class,
      ConfigInitCommand.class
    })
final class ConfigCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--json", fallbackValue = "true", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    ConfigListCommand.print(spec, configuration(spec), "", json);
    return CommandLine.ExitCode.OK;
  }

  /** Whether a command is this one or one of its own. */
  static boolean isAboutConfiguration(CommandSpec command) {
    return command.userObject() instanceof ConfigCommand
        || (command.parent() != null && isAboutConfiguration(command.parent()));
  }

  /**
   * What is configured.
   *
   * @throws ParameterException if it cannot be read
   */
  static Configuration configuration(CommandSpec command) {
    try {
      return Configuration.read(
          command.root(), Main.variables(command), Main.profile(command.root()));
    } catch (ConfigException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }
}
