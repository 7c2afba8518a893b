package dev.bookend.evaluation.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.DecodingMetrics.Bytes;
import dev.bookend.decoding.DecodingMetrics.Counts;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.evaluation.report.Chart;
import dev.bookend.evaluation.report.DotChart;
import dev.bookend.evaluation.report.Estimate;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.Table;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BenchReportTest {
  private static Measurement measurement(
      String decoder, int prompt, int roundTrips, double decodeMs) {
    return new Measurement(
        "key",
        "4:4",
        "rtt=80ms",
        80,
        decoder,
        "code",
        prompt,
        List.of(),
        List.of(),
        new DecodingMetrics(
            new Counts(0, roundTrips, 0, roundTrips, 100, 0, 0, 0),
            new Times(0, decodeMs, 0, 0, 0, 0, 0, 0),
            Bytes.NONE,
            List.of()));
  }

  private static final List<Measurement> ALL =
      List.of(
          measurement("sequential", 0, 100, 10_000),
          measurement("drafter", 0, 10, 1_000),
          measurement("sequential", 1, 100, 10_000),
          measurement("drafter", 1, 100, 10_000));

  private static Report report() {
    Provenance provenance = Provenance.here("bench", "1", "model", "weights");
    return new BenchReport(ALL).report(provenance, List.of(), Optional.empty());
  }

  /** The mean of 10 and 1 times the speed would be 5.5; but 20 seconds became 11. */
  @Test
  void anAnswerCountsByHowLongItTakes() {
    Table speed = report().tables().get(0);
    int column = speed.columns().stream().map(c -> c.name()).toList().indexOf("vs sequential");
    Estimate gain = (Estimate) speed.rows().get(1).get(column);
    assertEquals(20.0 / 11, gain.mean(), 1e-9);
  }

  @Test
  void oneScenarioHasDotsForEachDecoderConfiguration() {
    List<Chart> charts = report().charts();
    assertEquals(
        List.of("Tokens per round trip", "Speed"), charts.stream().map(Chart::title).toList());
    List<DotChart.Dot> dots = ((DotChart) charts.get(0)).dots();
    assertEquals(List.of("sequential", "drafter"), dots.stream().map(DotChart.Dot::name).toList());
    assertEquals(200.0 / 110, dots.get(1).x().mean(), 1e-9);
    assertTrue(dots.get(1).x().low() < dots.get(1).x().high());
  }
}
