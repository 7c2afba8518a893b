package dev.bookend.evaluation.report;

import static dev.bookend.evaluation.report.Markup.escape;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** A report as one page, well-formed as XML too, that loads nothing from the network. */
final class HtmlReport {
  private HtmlReport() {}

  static String of(Report report) {
    StringBuilder out = new StringBuilder();
    out.append("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n");
    out.append("<head>\n<meta charset=\"utf-8\"/>\n");
    out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    out.append("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
    element(out, "title", report.title());
    out.append("<style>\n").append(style()).append("</style>\n</head>\n<body>\n<main>\n");
    element(out, "h1", report.title());
    element(out, "p", report.summary());
    for (Chart chart : report.charts()) {
      out.append(
          chart instanceof LineChart lines
              ? SvgLineChart.of(lines)
              : SvgDotChart.of((DotChart) chart));
    }
    report.tables().forEach(table -> append(out, table));
    if (!report.notes().isEmpty()) {
      out.append("<h2>How to read these figures</h2>\n<ul>\n");
      report.notes().forEach(note -> element(out, "li", note));
      out.append("</ul>\n");
    }
    append(out, report.provenance());
    return out.append("</main>\n</body>\n</html>\n").toString();
  }

  private static void append(StringBuilder out, Table table) {
    element(out, "h2", table.title());
    out.append("<div class=\"wide\">\n<table>\n<thead><tr>");
    for (int i = 0; i < table.columns().size(); i++) {
      cell(out, "th", table.isNumeric(i), heading(table.columns().get(i)));
    }
    out.append("</tr></thead>\n<tbody>\n");
    for (List<Object> row : table.rows()) {
      out.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        cell(out, "td", table.isNumeric(i), content(row.get(i)));
      }
      out.append("</tr>\n");
    }
    out.append("</tbody>\n</table>\n</div>\n");
  }

  /**
   * The text of a cell. Where room is scarce, the style sheet puts an interval and the drafters of
   * one configuration on lines of their own.
   */
  private static String content(Object cell) {
    String text = escape(Cell.text(cell));
    if (cell instanceof Estimate && text.contains(" [")) {
      return text.replace(" [", " <span class=\"interval\">[") + "</span>";
    }
    return text.replace("+", "+<wbr/>");
  }

  private static String heading(Column column) {
    String unit = column.unit();
    return escape(column.name())
        + (unit.isEmpty() ? "" : " <span class=\"unit\">(" + escape(unit) + ")</span>");
  }

  private static void cell(StringBuilder out, String name, boolean number, String markup) {
    out.append('<').append(name).append(number ? " class=\"number\">" : ">");
    out.append(markup).append("</").append(name).append('>');
  }

  private static void append(StringBuilder out, Provenance from) {
    out.append("<h2>Where these figures come from</h2>\n<pre>");
    out.append(escape(from.command())).append("</pre>\n<dl>\n");
    term(out, "Bookend", from.version());
    term(out, "Java", from.java());
    term(out, "Date", from.date());
    term(out, "Machine", from.machine());
    term(out, "Model", from.model());
    term(out, "Weights", from.weights());
    out.append("</dl>\n");
  }

  private static void term(StringBuilder out, String name, String value) {
    out.append("<dt>").append(name).append("</dt><dd>").append(escape(value)).append("</dd>\n");
  }

  private static void element(StringBuilder out, String name, String text) {
    out.append('<').append(name).append('>').append(escape(text));
    out.append("</").append(name).append(">\n");
  }

  private static String style() {
    try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
