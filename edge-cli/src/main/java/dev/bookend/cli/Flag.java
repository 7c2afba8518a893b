package dev.bookend.cli;

import java.util.function.Function;

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
}
