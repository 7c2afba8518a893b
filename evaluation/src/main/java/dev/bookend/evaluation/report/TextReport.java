package dev.bookend.evaluation.report;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** A report for a terminal. */
final class TextReport {
  private static final int WIDTH = 100;
  private static final String GAP = "  ";

  private final StringBuilder out = new StringBuilder();
  private final int width;
  private final boolean breaksTables;

  private TextReport(OptionalInt columns) {
    this.width = Math.min(WIDTH, columns.orElse(WIDTH));
    this.breaksTables = columns.isPresent();
  }

  /**
   * The text.
   *
   * @param columns of the terminal; empty: tables are as wide as they are
   */
  static String of(Report report, OptionalInt columns) {
    TextReport text = new TextReport(columns);
    text.append(report, columns.orElse(Integer.MAX_VALUE));
    return text.out.toString();
  }

  private void append(Report report, int columns) {
    wrap(report.title(), "");
    wrap(report.summary(), "");
    out.append('\n');
    report.tables().forEach(table -> append(table, columns));
    for (String note : report.notes()) {
      wrap("* " + note, GAP);
    }
    Provenance from = report.provenance();
    out.append('\n').append(from.command()).append('\n');
    out.append("Bookend ").append(from.version()).append(", Java ").append(from.java());
    out.append(", ").append(from.date()).append('\n');
    out.append(from.machine()).append('\n');
    out.append(from.model()).append(", weights ").append(from.weights()).append('\n');
  }

  private void append(Table table, int columns) {
    wrap(table.title(), "");
    out.append('\n');
    List<List<String>> lines = new ArrayList<>();
    lines.add(table.columns().stream().map(Column::heading).toList());
    table.rows().forEach(row -> lines.add(row.stream().map(Cell::text).toList()));
    int[] widths = new int[table.columns().size()];
    int all = 0;
    for (int i = 0; i < widths.length; i++) {
      for (List<String> line : lines) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
      all += GAP.length() + widths[i];
    }
    if (breaksTables && all > columns) {
      blocks(lines);
    } else {
      aligned(table, lines, widths);
    }
    out.append('\n');
  }

  private void aligned(Table table, List<List<String>> lines, int[] widths) {
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - line.get(i).length());
        text.append(GAP);
        text.append(table.isNumeric(i) ? padding + line.get(i) : line.get(i) + padding);
      }
      out.append(text.toString().stripTrailing()).append('\n');
    }
  }

  private void blocks(List<List<String>> lines) {
    List<String> headings = lines.get(0);
    for (List<String> line : lines.subList(1, lines.size())) {
      wrap(line.get(0), GAP);
      for (int i = 1; i < line.size(); i++) {
        if (!line.get(i).isEmpty()) {
          wrap(GAP + headings.get(i) + ": " + line.get(i), GAP + GAP);
        }
      }
    }
  }

  /** Appends a text in rows; all but the first begin with the indent. */
  private void wrap(String text, String indent) {
    String start = text.startsWith(GAP) ? GAP : "";
    out.append(start);
    int column = start.length();
    boolean begun = false;
    for (String word : text.substring(start.length()).split(" ", -1)) {
      if (begun && column + 1 + word.length() > width) {
        out.append('\n').append(indent);
        column = indent.length();
      } else if (begun) {
        out.append(' ');
        column++;
      }
      out.append(word);
      column += word.length();
      begun = true;
    }
    out.append('\n');
  }
}
