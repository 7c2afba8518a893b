package dev.bookend.evaluation.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.DecodingMetrics.Bytes;
import dev.bookend.decoding.DecodingMetrics.Counts;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.evaluation.bench.Projection.Check;
import dev.bookend.link.LinkProfile;
import dev.bookend.split.Split;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Projections of times that a formula gives, rather than measured ones. */
class ProjectionTest {
  private static final int STEPS = 100_000;

  private static Scenario scenario(String link) {
    return new Scenario(new Split(4, 4), Optional.of(LinkProfile.parse(link)));
  }

  /** Both directions take 2,500 bytes for each token sent. */
  private static Measurement measurement(
      Scenario scenario, double ahead, double sent, double accepted, double draftMs, double ms) {
    return new Measurement(
        "key",
        "4:4",
        scenario.linkText(),
        scenario.roundTripMs(),
        "decoder",
        "code",
        0,
        List.of(),
        List.of(),
        new DecodingMetrics(
            new Counts(
                0,
                STEPS,
                (int) Math.round(STEPS * ahead),
                (int) Math.round(STEPS * sent),
                (int) Math.round(STEPS * accepted),
                0,
                0,
                0),
            new Times(0, STEPS * ms, 0, 0, 0, 0, STEPS * draftMs, 0),
            new Bytes(Math.round(STEPS * 2500 * sent), Math.round(STEPS * 2500 * sent)),
            List.of()));
  }

  private static Projection projection(List<String> links, Function<Scenario, Measurement> by) {
    List<Scenario> scenarios = links.stream().map(ProjectionTest::scenario).toList();
    return new Projection(scenarios.stream().map(by).toList(), scenarios);
  }

  @Test
  void aFixedOverheadIsFoundByBoth() {
    Projection projection =
        projection(
            List.of("rtt=20ms", "rtt=40ms", "rtt=80ms", "rtt=150ms"),
            link -> measurement(link, 0, 1, 1, 0, link.roundTripMs() + 43));
    assertEquals(4, projection.checks().size());
    for (Check check : projection.checks()) {
      assertEquals(1e3 / (check.rttMs() + 43), check.measured().mean(), 1e-9);
      assertEquals(0, check.formulaError(), 1e-6);
      assertEquals(0, check.error(), 1e-6);
    }
  }

  /** Half of the jitter each way, 20 ms up and 10 ms down for 2,500 bytes, 4 packets. */
  @Test
  void whatTheLinkTakesBesideItsRoundTripIsNotTakenForComputing() {
    String like = ",jitter=6ms,up=1mbit,down=2mbit,loss=5%";
    Projection projection =
        projection(
            List.of("rtt=20ms" + like, "rtt=40ms" + like, "rtt=100ms" + like),
            link -> measurement(link, 0, 1, 1, 0, link.roundTripMs() * 1.2 + 6 + 20 + 10 + 43));
    for (Check check : projection.checks()) {
      assertEquals(0, check.error(), 1e-6);
      assertTrue(check.formulaError() > 1, check.toString());
    }
    Object computing = projection.tables().get(2).rows().get(0).get(5);
    assertEquals(43, (double) computing, 1e-6);
  }

  /**
   * The longer the round trip, the more draft tokens pay; they take time on the link and to run.
   */
  @Test
  void tokensSentFollowTheRoundTripAndComputingFollowsThem() {
    Projection projection =
        projection(
            List.of(
                "rtt=20ms,up=1mbit",
                "rtt=40ms,up=1mbit",
                "rtt=80ms,up=1mbit",
                "rtt=150ms,up=1mbit"),
            link -> {
              double wait = Math.log1p(link.roundTripMs() / 100);
              double sent = 4 + 6 * wait;
              double drafting = 3 + 20 * wait;
              double ahead = 0.05 * wait;
              double onTheLink = (1 - ahead) * (link.roundTripMs() + 20 * sent);
              double all = onTheLink + drafting + 30 + 5 * sent;
              return measurement(link, ahead, sent, 1 + sent / 8, drafting, all);
            });
    double[] errors = projection.checks().stream().mapToDouble(Check::error).toArray();
    for (double error : errors) {
      assertTrue(error < 1.5, projection.checks().toString());
    }
    double worst =
        projection.checks().stream().mapToDouble(Check::formulaError).max().orElseThrow();
    assertTrue(worst > 10, projection.checks().toString());
    for (List<Object> terms : projection.tables().get(2).rows()) {
      double wait = Math.log1p(((Number) terms.get(1)).doubleValue() / 100);
      assertEquals(4 + 6 * wait, (double) terms.get(2), 0.1, terms.toString());
      assertEquals(30 + 5 * (4 + 6 * wait), (double) terms.get(5), 0.5, terms.toString());
      assertEquals(5, (double) terms.get(6), 0.1, terms.toString());
      assertEquals(3 + 20 * wait, (double) terms.get(7), 0.5, terms.toString());
      assertEquals(0.05 * wait, (double) terms.get(8), 0.005, terms.toString());
    }
  }

  @Test
  void theSummarySaysTheMedianAndTheWorst() {
    double[] off = {1, 1, 1, 1.1}; // the farthest took a tenth longer than it should
    List<String> links = List.of("rtt=10ms", "rtt=20ms", "rtt=30ms", "rtt=150ms");
    Projection projection =
        projection(
            links,
            link -> {
              int i = links.indexOf(link.linkText());
              return measurement(link, 0, 1, 1, 0, off[i] * (link.roundTripMs() + 50));
            });
    assertEquals(10, projection.checks().get(3).error(), 1e-6);
    List<Object> row = projection.tables().get(0).rows().get(0);
    double median = (double) row.get(1);
    double worst = (double) row.get(2);
    assertTrue(median < worst && worst >= 10, row.toString());
    String said = String.format(Locale.ROOT, "median error %.1f %%, worst %.1f %%", median, worst);
    assertTrue(projection.summary().contains(said), projection.summary());
  }
}
