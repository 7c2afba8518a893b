package dev.bookend.evaluation.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A table as CSV (RFC 4180) with all digits; a column of intervals takes three columns. */
final class CsvTable {
  private CsvTable() {}

  static String of(Table table) {
    StringBuilder out = new StringBuilder();
    List<String> headings = new ArrayList<>();
    for (int i = 0; i < table.columns().size(); i++) {
      String heading = table.columns().get(i).heading();
      headings.add(heading);
      if (table.hasIntervals(i)) {
        headings.add(heading + " low");
        headings.add(heading + " high");
      }
    }
    append(out, headings);
    for (List<Object> row : table.rows()) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        cells.addAll(cells(row.get(i), table.hasIntervals(i)));
      }
      append(out, cells);
    }
    return out.toString();
  }

  private static List<String> cells(Object cell, boolean interval) {
    if (cell instanceof Estimate estimate) {
      return List.of(plain(estimate.mean()), plain(estimate.low()), plain(estimate.high()));
    }
    String text = plain(cell);
    return interval ? List.of(text, "", "") : List.of(text);
  }

  private static String plain(Object cell) {
    boolean missing = cell == null || (cell instanceof Double number && !Double.isFinite(number));
    return missing ? "" : cell.toString();
  }

  private static void append(StringBuilder out, List<String> cells) {
    out.append(cells.stream().map(CsvTable::quote).collect(Collectors.joining(","))).append("\r\n");
  }

  private static String quote(String text) {
    return text.matches("(?s).*[\",\r\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
