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

  private static final PrintStream OUTPUT = System.out;
  private static final PrintStream ERROR = System.err;

  private StandardStreams() {}

  /**
   * From now on control characters are made visible on stderr, and on stdout where that is a
   * terminal. In a pipe or file an answer is what the model said.
   */
  static void showControlCharacters() {
    System.setErr(VisibleOutput.before(ERROR, charset("stderr"), true));
    if (outputIsTerminal()) {
      System.setOut(VisibleOutput.before(OUTPUT, charset("stdout"), true));
    }
  }

  /** The charset that Java has chosen for a stream; it says so in other places in each version. */
  private static Charset charset(String stream) {
    String name = System.getProperty("native.encoding", Charset.defaultCharset().name());
    name = System.getProperty("sun." + stream + ".encoding", name);
    return Charset.forName(System.getProperty(stream + ".encoding", name));
  }

  /** A new stream for answers, in UTF-8, to stdout. */
  static PrintStream answers() {
    return outputIsTerminal()
        ? VisibleOutput.before(OUTPUT, StandardCharsets.UTF_8, true)
        : new PrintStream(System.out, true, StandardCharsets.UTF_8);
  }

  /** Sends a sequence of this program's own to the terminal that stderr is. */
  static void control(String sequence) {
    System.err.flush();
    ERROR.print(sequence);
    ERROR.flush();
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

  /** Prints a side remark on stderr: dim on a terminal, unless the user wants no colour. */
  static void remark(String text) {
    String noColor = System.getenv("NO_COLOR");
    boolean colour =
        errorIsTerminal()
            && (noColor == null || noColor.isEmpty())
            && !"dumb".equals(String.valueOf(System.getenv("TERM")).toLowerCase(Locale.ROOT));
    control(colour ? "\u001b[2m" : "");
    System.err.print(text);
    control(colour ? "\u001b[0m" : "");
    System.err.println();
  }
}
