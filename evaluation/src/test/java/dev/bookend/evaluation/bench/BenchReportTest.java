package dev.bookend.evaluation.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.evaluation.report.Estimate;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Table;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BenchReportTest {
  private static Measurement measurement(String way, int prompt, int roundTrips, double decodeMs) {
    return new Measurement(
        "key",
        "4:4",
        "rtt=80ms",
        80,
        way,
        "code",
        prompt,
        List.of(),
        List.of(),
        roundTrips,
        0,
        roundTrips,
        100,
        0,
        0,
        0,
        decodeMs,
        0,
        0,
        0,
        0,
        0,
        0,
        0);
  }

  /** The mean of 10 and 1 times the speed would be 5.5; but 20 seconds became 11. */
  @Test
  void anAnswerCountsByHowLongItTakes() {
    List<Measurement> all =
        List.of(
            measurement("sequential", 0, 100, 10_000),
            measurement("drafter", 0, 10, 1_000),
            measurement("sequential", 1, 100, 10_000),
            measurement("drafter", 1, 100, 10_000));
    Provenance provenance = Provenance.here("bench", "1", "model", "weights");
    Table speed =
        new BenchReport(all).report(provenance, List.of(), Optional.empty()).tables().get(0);
    int column = speed.columns().stream().map(c -> c.name()).toList().indexOf("vs sequential");
    Estimate gain = (Estimate) speed.rows().get(1).get(column);
    assertEquals(20.0 / 11, gain.mean(), 1e-9);
  }
}
