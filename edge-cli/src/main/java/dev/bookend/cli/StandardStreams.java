package dev.bookend.cli;

import java.util.Locale;

/**
 * Which standard streams are a terminal. Java cannot tell them apart before version 22, so the
 * launcher does and passes {@code -Dbookend.terminals=012}, a digit for each.
 */
final class StandardStreams {
  private static final String TERMINALS = System.getProperty("bookend.terminals", "");

  private StandardStreams() {}

  static boolean inputIsTerminal() {
    return TERMINALS.contains("0");
  }

  static boolean errorIsTerminal() {
    return TERMINALS.contains("2");
  }

  /** A side remark for stderr: dim on a terminal, unless the user wants no colour. */
  static String dim(String text) {
    String noColor = System.getenv("NO_COLOR");
    boolean colour =
        errorIsTerminal()
            && (noColor == null || noColor.isEmpty())
            && !"dumb".equals(String.valueOf(System.getenv("TERM")).toLowerCase(Locale.ROOT));
    return colour ? "\u001b[2m" + text + "\u001b[0m" : text;
  }
}
