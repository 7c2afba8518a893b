package dev.bookend.cli;

import dev.bookend.cli.markdown.RowWrap;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jline.utils.AttributedString;

/** Lines that begin with a word of their own, below which the rest of what they say stands. */
final class HangingText {
  private static final int LEAST = 20;

  private HangingText() {}

  /** Prints a line; in a terminal in as many rows as it takes. */
  static void print(String line, int hang) {
    OptionalInt columns =
        StandardStreams.outputIsTerminal() ? TerminalWidth.columns() : OptionalInt.empty();
    rows(line, hang, columns).forEach(System.out::println);
  }

  /**
   * The rows of a line.
   *
   * @param hang columns before all rows but the first; fewer where there would be little room
   * @param columns empty: as many as it takes
   */
  static List<String> rows(String line, int hang, OptionalInt columns) {
    if (columns.isEmpty() || new AttributedString(line).columnLength() <= columns.getAsInt()) {
      return List.of(line);
    }
    int width = columns.getAsInt();
    int margin = width - hang < LEAST ? Math.min(2, width / 4) : hang;
    AttributedString first = RowWrap.wrap(new AttributedString(line), width).get(0);
    String rest = line.substring(first.length()).strip();
    return Stream.concat(
            Stream.of(first.toString()),
            RowWrap.wrap(new AttributedString(rest), width - margin).stream()
                .map(row -> " ".repeat(margin) + row))
        .toList();
  }
}
