package dev.bookend.evaluation.report;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import java.util.List;

/**
 * What a measurement found, ready to be printed, written as JSON, CSV or HTML.
 *
 * @param name short, in lower case, for file names and JSON: {@code bench}
 * @param title for people
 * @param summary the result in one or two sentences
 * @param notes what a reader must know to read the figures right
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

  /** For a terminal: aligned tables, the notes, and where the figures come from. */
  public String toText() {
    return TextReport.of(this);
  }

  /** One JSON object with all of it; figures that do not exist are null. */
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

  /** One page that needs no network: tables, charts, notes, and where the figures come from. */
  public String toHtml() {
    return HtmlReport.of(this);
  }
}
