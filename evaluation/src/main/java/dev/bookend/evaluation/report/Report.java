package dev.bookend.evaluation.report;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import java.util.List;
import java.util.OptionalInt;

/**
 * The findings of a measurement, to be printed or written as JSON, CSV or HTML.
 *
 * @param name short, in lower case, for file names and JSON: {@code bench}
 * @param title for people
 * @param summary the result in a few sentences
 * @param notes what a reader must know to understand the figures
 */
public record Report(
    String name,
    String title,
    String summary,
    Provenance provenance,
    List<Table> tables,
    List<Chart> charts,
    List<String> notes) {
  public Report {
    tables = List.copyOf(tables);
    charts = List.copyOf(charts);
    notes = List.copyOf(notes);
  }

  /** The report for a terminal: aligned tables, the notes, and the provenance. */
  public String toText() {
    return TextReport.of(this, OptionalInt.empty());
  }

  /**
   * The same for a terminal of so many columns: of a table that is wider, a block for each row.
   *
   * @param columns at least 1
   */
  public String toText(int columns) {
    return TextReport.of(this, OptionalInt.of(columns));
  }

  /** The whole report as a JSON object; missing figures are null. */
  public String toJson() {
    JsonSerializer<Double> finite =
        (value, type, context) ->
            Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE;
    return new GsonBuilder()
        .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
        .setPrettyPrinting()
        .disableHtmlEscaping()
        .serializeNulls()
        .registerTypeAdapter(Double.class, finite)
        .registerTypeAdapter(double.class, finite)
        .create()
        .toJson(this);
  }

  /** The whole report as an HTML page that needs no network. */
  public String toHtml() {
    return HtmlReport.of(this);
  }
}
