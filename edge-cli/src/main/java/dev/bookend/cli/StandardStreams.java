package dev.bookend.cli;

import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The standard streams, and which of them are a terminal. Java cannot tell that before version 22,
 * so the launcher does and passes {@code -Dbookend.terminals=012}, a digit for each.
 *
 * <p>What a server, a file or a model says must not reach a terminal as it is, for a terminal obeys
 * what it shows.
 */
final class StandardStreams {
  private static final String TERMINALS = System.getProperty("bookend.terminals", "");

  private static PrintStream output = System.out;
  private static PrintStream error = System.err;

  private StandardStreams() {}

  /**
   * From now on control characters are made visible on stderr, and on stdout where that is a
   * terminal. In a pipe or file an answer is what the model said.
   */
  static void showControlCharacters() {
    output = System.out;
    error = System.err;
    System.setErr(VisibleOutput.before(error, errorCharset(), true));
    if (outputIsTerminal()) {
      System.setOut(VisibleOutput.before(output, Charset.defaultCharset(), true));
    }
  }

  /** The charset that Java has chosen for stderr; it says so in other places in each version. */
  private static Charset errorCharset() {
    String name = System.getProperty("native.encoding", Charset.defaultCharset().name());
    name = System.getProperty("sun.stderr.encoding", name);
    return Charset.forName(System.getProperty("stderr.encoding", name));
  }

  /** A new stream for answers, in UTF-8, to stdout. */
  static PrintStream answers() {
    return outputIsTerminal()
        ? VisibleOutput.before(output, StandardCharsets.UTF_8, true)
        : new PrintStream(System.out, true, StandardCharsets.UTF_8);
  }

  /** Sends a sequence of this program's own to the terminal that stderr is. */
  static void control(String sequence) {
    System.err.flush();
    error.print(sequence);
    error.flush();
  }

  static boolean inputIsTerminal() {
    return TERMINALS.contains("0");
  }

  static boolean outputIsTerminal() {
    return TERMINALS.contains("1");
  }

  static boolean errorIsTerminal() {
    return TERMINALS.contains("2");
  }

  /** Whether the user has not said, by NO_COLOR, that he wants no colour. */
  static boolean wantsColour() {
    String noColor = System.getenv("NO_COLOR");
    return noColor == null || noColor.isEmpty();
  }

  /** Whether the terminal can do nothing, as that of an editor's shell. */
  static boolean isDumb() {
    String type = System.getenv("TERM");
    return type == null || type.isBlank() || type.toLowerCase(Locale.ROOT).startsWith("dumb");
  }

  /** Prints a side remark on stderr: dim on a terminal, unless the user wants no colour. */
  static void remark(String text) {
    boolean colour = errorIsTerminal() && wantsColour() && !isDumb();
    control(colour ? "\u001b[2m" : "");
    System.err.print(text);
    control(colour ? "\u001b[0m" : "");
    System.err.println();
  }
}
