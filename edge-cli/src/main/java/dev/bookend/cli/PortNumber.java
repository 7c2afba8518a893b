package dev.bookend.cli;

/** Reads the number of a port. */
final class PortNumber extends FlagValue<Integer> {
  PortNumber() {
    super(PortNumber::parse);
  }

  private static int parse(String text) {
    if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65535) {
      return Integer.parseInt(text);
    }
    throw new IllegalArgumentException("'" + text + "' is not a port, 0 to 65535");
  }
}
