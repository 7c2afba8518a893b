package dev.bookend.cli;

import java.util.List;

/** Rows of text with aligned columns, on stdout. */
final class TextTable {
  private static final String GAP = "  ";

  private TextTable() {}

  /**
   * Prints them.
   *
   * @param rows with the same number of cells each; the first is the heading
   */
  static void print(List<List<String>> rows) {
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
        boolean isAmount = column > 0 && isAmount(rows.get(rows.size() - 1).get(column));
        String room = " ".repeat(width - row.get(column).length());
        line.append(column == 0 ? "" : GAP)
            .append(isAmount ? room + row.get(column) : row.get(column) + room);
      }
      System.out.println(line.toString().stripTrailing());
    }
  }

  private static boolean isAmount(String cell) {
    return cell.matches("[0-9.,]+( [A-Za-z]+)?|–");
  }
}
