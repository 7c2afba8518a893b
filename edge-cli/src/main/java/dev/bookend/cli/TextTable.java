package dev.bookend.cli;

import dev.bookend.cli.markdown.RowWrap;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jline.utils.AttributedString;

/** Rows of text with aligned columns, on stdout. */
final class TextTable {
  private static final String GAP = "  ";
  private static final String NOTHING = "–";

  private TextTable() {}

  /**
   * Prints them.
   *
   * @param rows with the same number of cells each; the first is the heading
   */
  static void print(List<List<String>> rows) {
    OptionalInt columns =
        StandardStreams.outputIsTerminal() ? TerminalWidth.columns() : OptionalInt.empty();
    lines(rows, columns).forEach(System.out::println);
  }

  /**
   * Its lines: of a table that is wider than the terminal a block for each row.
   *
   * @param columns of the terminal; empty: there is none
   */
  static List<String> lines(List<List<String>> rows, OptionalInt columns) {
    List<String> table = rows.stream().map(row -> line(row, rows)).toList();
    boolean fits =
        columns.isEmpty() || table.stream().allMatch(line -> width(line) <= columns.getAsInt());
    return fits ? table : blocks(rows, columns.getAsInt());
  }

  private static String line(List<String> row, List<List<String>> rows) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < row.size(); column++) {
      int at = column;
      int width = rows.stream().mapToInt(other -> width(other.get(at))).max().orElse(0);
      boolean isAmount =
          column > 0 && rows.stream().skip(1).allMatch(other -> isAmount(other.get(at)));
      String room = " ".repeat(width - width(row.get(column)));
      line.append(column == 0 ? "" : GAP)
          .append(isAmount ? room + row.get(column) : row.get(column) + room);
    }
    return line.toString().stripTrailing();
  }

  private static List<String> blocks(List<List<String>> rows, int columns) {
    List<String> lines = new ArrayList<>();
    List<String> heading = rows.get(0);
    for (List<String> row : rows.subList(1, rows.size())) {
      wrap(row.get(0), "", columns, lines);
      for (int column = 1; column < row.size(); column++) {
        String cell = row.get(column);
        if (!cell.isEmpty() && !cell.equals(NOTHING)) {
          wrap((heading.get(column) + " " + cell).strip(), GAP, columns, lines);
        }
      }
    }
    return lines;
  }

  private static void wrap(String text, String margin, int columns, List<String> lines) {
    RowWrap.wrap(new AttributedString(text), columns - margin.length())
        .forEach(row -> lines.add(margin + row));
  }

  private static int width(String text) {
    return new AttributedString(text).columnLength();
  }

  private static boolean isAmount(String cell) {
    return cell.matches("[0-9.,]+( [A-Za-z]+)?|" + NOTHING);
  }
}
