package dev.bookend.evaluation.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportTest {
  private static final String NASTY = "a<b>&\"c\", 'd'\n\u0001 </style><script>";

  private static final Report REPORT =
      new Report(
          "bench",
          "Title " + NASTY,
          "Summary " + NASTY,
          Provenance.here("bookend bench --x " + NASTY, "1.0", "model" + NASTY, "hash"),
          List.of(
              new Table(
                  "drafters",
                  "Table " + NASTY,
                  List.of(Column.of("drafter"), new Column("speed", "tokens/s"), Column.of("n")),
                  List.of(
                      List.of(NASTY, new Estimate(12.25, 11.5, 13.75), 7),
                      Arrays.asList("plain", null, 0.125),
                      List.of("none", Double.NaN, 12345.6)))),
          List.of(
              new LineChart(
                  "Chart " + NASTY,
                  new Chart.Axis("round trip", "ms"),
                  new Chart.Axis("speed", "tokens/s"),
                  List.of(
                      new LineChart.Series(
                          "one " + NASTY,
                          List.of(
                              new LineChart.Point(20, new Estimate(12.25, 11.5, 13.75)),
                              new LineChart.Point(80, Estimate.exact(4)))),
                      new LineChart.Series(
                          "two", List.of(new LineChart.Point(40, Estimate.exact(Double.NaN)))))),
              new DotChart(
                  "Dots " + NASTY,
                  new Chart.Axis("share", ""),
                  List.of(new DotChart.Dot("dot " + NASTY, Estimate.exact(0.5))))),
          List.of("Note " + NASTY));

  private static Document parse(String html) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(html)));
  }

  @Test
  void thePageIsWellFormedAndSaysWhatItWasTold() throws Exception {
    String html = REPORT.toHtml();
    Document page = parse(html);
    assertEquals(0, page.getElementsByTagName("script").getLength());
    String text = page.getDocumentElement().getTextContent();
    String said = NASTY.replace('\u0001', '\uFFFD');
    for (String what :
        new String[] {"Title ", "Summary ", "Table ", "Chart ", "one ", "Dots ", "dot ", "Note "}) {
      assertTrue(text.contains(what + said), what);
    }
    assertTrue(text.contains("bookend bench --x " + said));
    for (String figure : new String[] {"12.25 [11.50, 13.75]", "0.125", "12346"}) {
      assertTrue(text.contains(figure), figure);
    }
    assertTrue(text.contains("round trip (ms)") && text.contains("speed (tokens/s)"));
    assertEquals(1, html.split("class=\"error\"", -1).length - 1, "error bars");
  }

  @Test
  void aCurveIsDrawnAndItsPointsAreMarkedBesideIt() {
    List<LineChart.Point> points =
        List.of(
            new LineChart.Point(1, Estimate.exact(2)), new LineChart.Point(3, Estimate.exact(4)));
    List<LineChart.Point> curve =
        List.of(
            new LineChart.Point(1, Estimate.exact(0)),
            new LineChart.Point(2, Estimate.exact(5)),
            new LineChart.Point(3, Estimate.exact(0)));
    Chart.Axis axis = new Chart.Axis("a", "");
    String svg =
        SvgLineChart.of(
            new LineChart("C", axis, axis, List.of(new LineChart.Series("s", points, curve))));
    assertEquals(2 + 1, svg.split("class=\"mark\"", -1).length - 1, "marks, the legend's too");
    assertTrue(svg.matches("(?s).*<path d=\"M[^L\"]+L[^L\"]+L[^L\"]+\"/>.*"), svg);
  }

  @Test
  void aDotChartHasANameAValueAndAMarkForEachDotAndAnErrorBarWhereThereIsAnInterval() {
    DotChart chart =
        new DotChart(
            "Speed",
            new Chart.Axis("speed", "tokens/s"),
            List.of(
                new DotChart.Dot("one", new Estimate(12.25, 11.5, 13.75)),
                new DotChart.Dot("two", Estimate.exact(4)),
                new DotChart.Dot("none", Estimate.exact(Double.NaN))));
    String svg = SvgDotChart.of(chart);
    assertTrue(svg.contains(">one</text>") && svg.contains(">12.25 [11.50, 13.75]</text>"), svg);
    assertTrue(svg.contains(">two</text>") && svg.contains(">4.00</text>"), svg);
    assertFalse(svg.contains("none"), svg);
    assertEquals(2, svg.split("class=\"mark\"", -1).length - 1, "marks");
    assertEquals(1, svg.split("class=\"error\"", -1).length - 1, "error bars");
  }

  @Test
  void thePageAsksNothingOfTheNetwork() throws Exception {
    String html = REPORT.toHtml();
    assertFalse(html.matches("(?s).*(src=|href=|url\\(|@import).*"));
  }

  @Test
  void csvQuotesWhatItMustAndKeepsAllDigits() {
    assertEquals(
        String.join(
            "\r\n",
            "drafter,speed (tokens/s),speed (tokens/s) low,speed (tokens/s) high,n",
            "\"a<b>&\"\"c\"\", 'd'\n\u0001 </style><script>\",12.25,11.5,13.75,7",
            "plain,,,,0.125",
            "none,,,,12345.6",
            ""),
        CsvTable.of(REPORT.tables().get(0)));
  }

  @Test
  void jsonHasEveryFigure() {
    JsonObject json = JsonParser.parseString(REPORT.toJson()).getAsJsonObject();
    JsonObject table = json.getAsJsonArray("tables").get(0).getAsJsonObject();
    assertEquals(
        "[{\"mean\":12.25,\"low\":11.5,\"high\":13.75},null,null]",
        "["
            + table.getAsJsonArray("rows").get(0).getAsJsonArray().get(1)
            + ","
            + table.getAsJsonArray("rows").get(1).getAsJsonArray().get(1)
            + ","
            + table.getAsJsonArray("rows").get(2).getAsJsonArray().get(1)
            + "]");
    assertEquals(
        "bookend bench --x " + NASTY, string(json.getAsJsonObject("provenance"), "command"));
  }

  private static String string(JsonObject object, String key) {
    return object.get(key).getAsString();
  }

  @Test
  void columnsOfTheTextAreAligned() {
    Table table =
        new Table(
            "t",
            "T",
            List.of(Column.of("name"), new Column("time", "ms")),
            List.of(List.of("a", 1.5), List.of("longer", 100)));
    Report report =
        new Report("r", "R", "S", REPORT.provenance(), List.of(table), List.of(), List.of());
    assertTrue(
        report.toText().contains("  name    time (ms)\n  a            1.50\n  longer        100\n"),
        report.toText());
    assertEquals(report.toText(), report.toText(80));
    String narrow = report.toText(18);
    assertTrue(narrow.contains("T\n\na\n  time (ms): 1.50\nlonger\n  time (ms): 100\n"), narrow);
  }

  @Test
  void filesAreOneForEachTableAndTwoForTheWhole(@TempDir Path directory) throws Exception {
    ReportFiles.write(directory.resolve("new"), REPORT);
    try (var files = Files.list(directory.resolve("new"))) {
      assertEquals(
          List.of("drafters.csv", "report.html", "report.json"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void aRowMustFillItsTable() {
    List<Column> columns = List.of(Column.of("a"), Column.of("b"));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Table("t", "T", columns, List.of(List.of("only one"))));
  }

  @Test
  void theDateHasAnOffset() {
    assertTrue(OffsetDateTime.parse(REPORT.provenance().date()).getYear() > 2000);
    assertTrue(REPORT.provenance().machine().contains("core"), REPORT.provenance().machine());
  }
}
