package dev.bookend.cli;

import dev.bookend.cli.config.ConfiguredDefaults;
import dev.bookend.error.BookendException;
import dev.bookend.error.FileProblem;
import dev.bookend.model.text.Utf8;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Reading of a flag's value. */
final class Flag {
  private Flag() {}

  /** Whether one of these flags of a command was typed, and not only configured. */
  static boolean isTyped(CommandSpec command, String... flags) {
    ParseResult parsed = command.commandLine().getParseResult();
    return Stream.of(flags).anyMatch(parsed::hasMatchedOption);
  }

  /** Whether a flag of a command was typed or is configured. */
  static boolean isGiven(CommandSpec command, String flag) {
    return isTyped(command, flag)
        || (command.defaultValueProvider() instanceof ConfiguredDefaults configured
            && configured.isConfigured(command.findOption(flag)));
  }

  /**
   * @throws IllegalArgumentException with the flag's name before what is wrong with the value
   */
  static <T, R> R value(String flag, T text, Function<T, R> parse) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(flag + ": " + e.getMessage(), e);
    }
  }

  /**
   * The text of the file that a flag names.
   *
   * @throws IllegalArgumentException with the flag's name, if it cannot be read
   */
  static String text(String flag, Path file) {
    try {
      return Utf8.read(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          flag + ": cannot read " + file + ": " + FileProblem.of(e), e);
    }
  }

  /**
   * @throws ParameterException where the step throws an {@link IllegalArgumentException}: what is
   *     wrong with a flag's value is wrong usage
   */
  static <R> R usage(CommandSpec command, Supplier<R> step) {
    try {
      return step.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  /**
   * @throws ParameterException naming the flag where its value turns out not to fit the model
   */
  static <R> R fits(CommandSpec command, String flag, Supplier<R> step) {
    try {
      return step.get();
    } catch (BookendException e) {
      if (Failures.exitCode(e) != Failures.USAGE) {
        throw e;
      }
      throw new ParameterException(command.commandLine(), flag + ": " + e.getMessage(), e);
    }
  }
}
