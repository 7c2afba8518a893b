package dev.bookend.cli;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jline.utils.AttributedString;

/**
 * How many columns the terminal has. Java cannot tell; {@code stty} does, and is asked again after
 * a while, for windows change.
 */
final class TerminalWidth {
  private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final File TERMINAL = new File("/dev/tty");

  private static OptionalInt known = OptionalInt.empty();
  private static long askedAt;
  private static boolean asked;

  private TerminalWidth() {}

  /** The columns; empty: nobody knows, or there is no terminal. */
  static synchronized OptionalInt columns() {
    if (!asked || System.nanoTime() - askedAt > ASK_AGAIN_NANOS) {
      known = ask();
      asked = true;
      askedAt = System.nanoTime();
    }
    return known;
  }

  /** What a user asks for in the environment's {@code COLUMNS}; empty: nothing. */
  static OptionalInt wanted(Map<String, String> variables) {
    String columns = variables.getOrDefault("COLUMNS", "").strip();
    return columns.matches("[1-9][0-9]{0,4}")
        ? OptionalInt.of(Integer.parseInt(columns))
        : OptionalInt.empty();
  }

  private static OptionalInt ask() {
    if (!TERMINAL.exists()) {
      return OptionalInt.empty();
    }
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(TERMINAL)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (InputStream out = stty.getInputStream()) {
        String size = new String(out.readAllBytes(), StandardCharsets.US_ASCII).strip();
        return size.matches("[0-9]+ [1-9][0-9]{0,4}")
            ? OptionalInt.of(Integer.parseInt(size.substring(size.indexOf(' ') + 1)))
            : OptionalInt.empty();
      } finally {
        stty.destroy();
      }
    } catch (IOException e) {
      return OptionalInt.empty();
    }
  }

  /** A line that the terminal does not break; of a longer one the beginning. */
  static String cut(String line) {
    OptionalInt columns = columns();
    return columns.isEmpty() ? line : cut(line, columns.getAsInt() - 1);
  }

  /** The beginning of a line, of so many columns at most. */
  static String cut(String line, int columns) {
    AttributedString text = new AttributedString(line);
    return text.columnLength() <= columns
        ? line
        : text.columnSubSequence(0, Math.max(0, columns - 1)) + "…";
  }
}
