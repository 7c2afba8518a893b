package dev.bookend.cli;

import dev.bookend.error.BookendException;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Reading of a flag's value. */
final class Flag {
  private Flag() {}

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
