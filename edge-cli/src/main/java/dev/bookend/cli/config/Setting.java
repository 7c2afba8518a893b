package dev.bookend.cli.config;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A line of the file that is a flag's value.
 *
 * @param profile empty: it holds for all profiles
 * @param table the command that it is for; empty: all that have the flag
 * @param value as TOML has it
 */
record Setting(
    Optional<String> profile,
    String table,
    OptionSpec flag,
    Object value,
    Origin.Line origin,
    UserPaths paths) {

  /**
   * The texts that would be typed.
   *
   * @throws ConfigException if the value is of the wrong type
   */
  ConfiguredValue typed() {
    try {
      List<String> texts = FlagText.of(flag, value);
      return new ConfiguredValue(
          texts.stream().map(text -> paths.resolve(flag, text)).toList(), origin);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(new ConfigProblem(origin.where(), e.getMessage()));
    }
  }
}
