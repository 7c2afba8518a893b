package dev.bookend.cli;

/** Reads a whole number of at least 0. */
final class WholeNumber extends FlagValue<Integer> {
  WholeNumber() {
    super(WholeNumber::parse);
  }

  private static int parse(String text) {
    if (text.matches("[0-9]{1,9}")) {
      return Integer.parseInt(text);
    }
    throw new IllegalArgumentException("'" + text + "' is not a whole number of 0 or more");
  }
}
