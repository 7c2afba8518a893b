package dev.bookend.cli.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Gives picocli what is configured as the defaults of flags. */
public final class ConfiguredDefaults implements IDefaultValueProvider {
  private static final Pattern FLAG = Pattern.compile("--[a-z][a-z-]*");

  private final Configuration configuration;
  private final boolean leavesOutWrong;

  /**
   * @param leavesOutWrong whether values of the wrong type are as if they were not there, for a
   *     help
   */
  public ConfiguredDefaults(Configuration configuration, boolean leavesOutWrong) {
    this.configuration = configuration;
    this.leavesOutWrong = leavesOutWrong;
  }

  @Override
  public String defaultValue(ArgSpec argument) {
    return value(argument)
        .filter(value -> !value.texts().isEmpty()) // an empty list is none
        .map(value -> String.join(separator(argument), value.texts()))
        .map(text -> text.replace("${", "$${")) // a variable for picocli, else
        .orElse(null);
  }

  /** Whether there is a value for a flag. */
  public boolean isConfigured(OptionSpec flag) {
    return defaultValue(flag) != null;
  }

  private Optional<ConfiguredValue> value(ArgSpec argument) {
    if (!leavesOutWrong) {
      return configuration.value(argument);
    }
    try {
      return configuration
          .value(argument)
          .filter(
              value ->
                  !(argument instanceof OptionSpec flag)
                      || Configuration.problem(flag, value).isEmpty());
    } catch (ConfigException e) {
      return Optional.empty();
    }
  }

  private static String separator(ArgSpec argument) {
    return argument.splitRegex().equals(",") ? "," : Flags.SEPARATOR;
  }

  /** What is configured for a command and was not typed, as it could be typed, without secrets. */
  public List<String> typed(CommandSpec command) {
    ParseResult parsed = command.commandLine().getParseResult();
    return command.options().stream()
        .filter(flag -> !parsed.hasMatchedOption(flag))
        .flatMap(
            flag ->
                configuration.value(flag).stream()
                    .flatMap(value -> value.texts().stream())
                    .map(text -> flag.names()[0] + "=" + ValueInForce.shown(flag, text)))
        .toList();
  }

  /** Says where the flags come from that a message names, as far as they were not typed. */
  public String explain(CommandSpec command, String message) {
    ParseResult parsed = command.commandLine().getParseResult();
    StringBuilder origins = new StringBuilder();
    FLAG.matcher(message)
        .results()
        .map(match -> match.group())
        .distinct()
        .filter(name -> parsed == null || !parsed.hasMatchedOption(name))
        .forEach(
            name ->
                origin(command.findOption(name))
                    .ifPresent(
                        where ->
                            origins
                                .append(origins.length() == 0 ? " (" : ", ")
                                .append(name.substring(2))
                                .append(" is set in ")
                                .append(where)));
    return origins.length() == 0 ? message : message + origins.append(')');
  }

  private Optional<String> origin(OptionSpec flag) {
    return flag == null
        ? Optional.empty()
        : configuration.value(flag).map(value -> value.origin().where());
  }
}
