package dev.bookend.evaluation.report;

import java.util.ArrayList;
import java.util.List;

/** A report for a terminal. */
final class TextReport {
  private static final int WIDTH = 100;

  private TextReport() {}

  static String of(Report report) {
    StringBuilder out = new StringBuilder();
    out.append(report.title()).append('\n');
    out.append(wrap(report.summary(), "")).append('\n');
    report.tables().forEach(table -> append(out, table));
    for (String note : report.notes()) {
      out.append(wrap("* " + note, "  "));
    }
    Provenance from = report.provenance();
    out.append('\n').append(from.command()).append('\n');
    out.append("Bookend ").append(from.version()).append(", Java ").append(from.java());
    out.append(", ").append(from.date()).append('\n');
    out.append(from.machine()).append('\n');
    out.append(from.model()).append(", weights ").append(from.weights()).append('\n');
    return out.toString();
  }

  private static void append(StringBuilder out, Table table) {
    out.append(table.title()).append("\n\n");
    List<List<String>> lines = new ArrayList<>();
    lines.add(table.columns().stream().map(Column::heading).toList());
    table.rows().forEach(row -> lines.add(row.stream().map(Cell::text).toList()));
    int columns = table.columns().size();
    int[] widths = new int[columns];
    for (List<String> line : lines) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String padding = " ".repeat(widths[i] - line.get(i).length());
        text.append("  ");
        text.append(table.isNumeric(i) ? padding + line.get(i) : line.get(i) + padding);
      }
      out.append(text.toString().stripTrailing()).append('\n');
    }
    out.append('\n');
  }

  private static String wrap(String text, String indent) {
    StringBuilder out = new StringBuilder();
    int column = 0;
    for (String word : text.split(" ", -1)) {
      if (column > 0 && column + 1 + word.length() > WIDTH) {
        out.append('\n').append(indent);
        column = indent.length();
      } else if (column > 0) {
        out.append(' ');
        column++;
      }
      out.append(word);
      column += word.length();
    }
    return out.append('\n').toString();
  }
}
