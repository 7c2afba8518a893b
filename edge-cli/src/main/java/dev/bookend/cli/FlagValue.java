package dev.bookend.cli;

import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a flag's value at once, wherever it comes from: what is wrong is told before any work. */
abstract class FlagValue<T> implements ITypeConverter<T> {
  private final Function<String, T> read;

  /**
   * @param read throws an {@link IllegalArgumentException} that says what is wrong with a text
   */
  FlagValue(Function<String, T> read) {
    this.read = read;
  }

  @Override
  public final T convert(String value) {
    try {
      return read.apply(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /** Keeps a text as it was given once it is sure that it can be read. */
  static Function<String, String> checked(Function<String, ?> parse) {
    return text -> {
      Object unused = parse.apply(text);
      return text;
    };
  }

  /**
   * @throws IllegalArgumentException if it is none
   */
  static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not a number", e);
    }
  }
}
