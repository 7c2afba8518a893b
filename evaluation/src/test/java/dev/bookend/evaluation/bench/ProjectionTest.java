package dev.bookend.evaluation.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.edge.Split;
import dev.bookend.edge.link.LinkProfile;
import dev.bookend.evaluation.bench.Projection.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Projections of times that are made by a formula, not measured. */
class ProjectionTest {
  private static final int STEPS = 10;

  private static Condition condition(String link) {
    return new Condition(new Split(4, 4), Optional.of(LinkProfile.parse(link)));
  }

  private static Measurement measurement(Condition condition, int sent, int committed, double ms) {
    return new Measurement(
        "key",
        "4:4",
        condition.linkText(),
        condition.millis(),
        "way",
        "code",
        0,
        List.of(),
        List.of(),
        STEPS,
        STEPS * sent,
        STEPS * committed,
        0,
        0,
        0,
        STEPS * ms,
        0,
        0,
        0,
        0,
        0,
        STEPS * 2500L * sent,
        STEPS * 2500L * sent);
  }

  @Test
  void aFixedOverheadIsFoundByBoth() {
    List<Condition> conditions = new ArrayList<>();
    List<Measurement> all = new ArrayList<>();
    for (int rtt : new int[] {20, 40, 80, 150}) {
      Condition condition = condition("rtt=" + rtt + "ms");
      conditions.add(condition);
      all.add(measurement(condition, 1, 1, rtt + 43));
    }
    Projection projection = new Projection(all, conditions);
    assertEquals(4, projection.checks().size());
    for (Check check : projection.checks()) {
      assertEquals(1e3 / (check.rttMs() + 43), check.measured(), 1e-9);
      assertEquals(0, check.plainError(), 1e-6);
      assertEquals(0, check.improvedError(), 1e-6);
    }
  }

  /** More guesses pay the longer the round trip, and take time on the link and to compute. */
  @Test
  void whatGrowsWithTheTokensSentIsTakenIntoAccountByTheImprovedOne() {
    List<Condition> conditions = new ArrayList<>();
    List<Measurement> all = new ArrayList<>();
    for (int rtt : new int[] {20, 40, 60, 80, 100}) {
      Condition condition = condition("rtt=" + rtt + "ms,up=1mbit");
      conditions.add(condition);
      int sent = rtt / 10;
      double bytes = 2500 * sent;
      all.add(measurement(condition, sent, sent, rtt + 8 * bytes / 1e6 * 1e3 + 30 + 5 * sent));
    }
    Projection projection = new Projection(all, conditions);
    List<Check> within = projection.checks().subList(1, 4);
    for (Check check : within) {
      assertTrue(check.improvedError() < 1e-6, check.toString());
    }
    assertTrue(within.stream().anyMatch(check -> check.plainError() > 10), within.toString());
  }
}
