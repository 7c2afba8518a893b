package dev.bookend.speculation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** How many draft tokens to send, on round trips whose times are known. */
class CostModelTest {
  /** Round trips of every size whose times are known. */
  private static StepTimes times(double fixed, double perToken) {
    StepTimes times = new StepTimes();
    for (int tokens = 1; tokens <= 128; tokens *= 2) {
      times.record(tokens, fixed + perToken * tokens);
    }
    return times;
  }

  private static double[] falling(List<Double> reach) {
    return reach.stream()
        .mapToDouble(Double::doubleValue)
        .map(r -> -r)
        .sorted()
        .map(r -> -r)
        .toArray();
  }

  private static double rate(double[] reach, int draftTokens, double fixed, double perToken) {
    double expected = 1 + Arrays.stream(reach).limit(draftTokens).sum();
    return expected / (fixed + perToken * (1 + draftTokens));
  }

  @Property
  void noNumberOfDraftTokensGivesMoreTokensASecond(
      @ForAll @Size(max = 60) List<@DoubleRange(min = 0, max = 1) Double> probabilities,
      @ForAll @DoubleRange(min = 0, max = 3) double fixed,
      @ForAll @DoubleRange(min = 0.01, max = 0.3) double perToken) {
    double[] reach = falling(probabilities);
    int best = CostModel.best(reach, 1, times(fixed, perToken));
    double rate = rate(reach, best, fixed, perToken);
    double without = rate(reach, 0, fixed, perToken);
    assertTrue(best == 0 || rate > 1.03 * without, "draft tokens that gain next to nothing");
    for (int more = 1; more <= reach.length; more++) {
      double other = rate(reach, more, fixed, perToken);
      assertTrue(rate >= other * (1 - 1e-9) || (best == 0 && other <= 1.031 * without));
    }
  }

  @Property
  void aLongerRoundTripNeverMakesFewerDraftTokensPay(
      @ForAll @Size(max = 60) List<@DoubleRange(min = 0, max = 1) Double> probabilities,
      @ForAll @DoubleRange(min = 0, max = 3) double shorter,
      @ForAll @DoubleRange(min = 0, max = 3) double more,
      @ForAll @DoubleRange(min = 0.01, max = 0.3) double perToken) {
    double[] reach = falling(probabilities);
    assertTrue(
        CostModel.best(reach, 1, times(shorter, perToken))
            <= CostModel.best(reach, 1, times(shorter + more, perToken)));
  }

  @Test
  void draftTokensThatAreNeverAcceptedAreNotSent() {
    assertEquals(0, CostModel.best(new double[20], 1, times(0.1, 0.001)));
  }

  @Test
  void draftTokensThatCostNothingAreAllSent() {
    double[] reach = new double[20];
    Arrays.fill(reach, 0.01);
    assertEquals(20, CostModel.best(reach, 1, times(0.1, 0)));
  }

  @Test
  void draftTokensAreTriedWhileTheirCostIsUnknownAndDroppedOnceTheyDoNotPay() {
    CostModel costs = new CostModel(OptionalInt.empty());
    double[] reach = {0.5, 0.4};
    assertEquals(
        0, costs.draftTokens(reach, 1), "the first round trip measures what one token takes");
    costs.record(1, 0.1, 0);
    assertEquals(2, costs.draftTokens(reach, 1));
    costs.record(3, 0.5, 1);
    int sent = 0;
    for (int i = 0; i < 60; i++) {
      int tokens = costs.draftTokens(reach, 1);
      sent += tokens;
      costs.record(1 + tokens, tokens == 0 ? 0.1 : 0.5, tokens / 2);
    }
    assertTrue(sent > 0 && sent < 10, "sent now and then, seldom: " + sent);
  }

  /** On a slow link a step of 64 tokens may take as long as ten steps of one token. */
  @Test
  void whatNoRoundTripHasMeasuredIsApproachedByDegrees() {
    CostModel costs = new CostModel(OptionalInt.empty());
    costs.draftTokens(new double[0], 1);
    costs.record(1, 0.1, 0);
    double[] reach = new double[200];
    Arrays.fill(reach, 0.9);
    assertEquals(7, costs.draftTokens(reach, 1));
    costs.record(8, 0.1, 7);
    assertEquals(63, costs.draftTokens(reach, 1));
    costs.record(64, 0.1, 63);
    assertEquals(200, costs.draftTokens(reach, 1));
  }

  /** A slow first round trip makes draft tokens look free as long as nothing else is measured. */
  @Test
  void oneTokenIsMeasuredAgainWhereSeveralTookLess() {
    CostModel costs = new CostModel(OptionalInt.empty());
    double[] reach = {0.2, 0.1, 0.1, 0.1};
    costs.draftTokens(reach, 1);
    costs.record(1, 0.200, 0);
    int sent = 0;
    for (int i = 0; i < 60; i++) {
      int tokens = costs.wantsNoDraft() ? 0 : costs.draftTokens(reach, 1);
      sent += tokens == 0 ? 0 : 1;
      costs.record(1 + tokens, tokens == 0 ? 0.100 : 0.180, tokens > 0 && i % 4 == 0 ? 1 : 0);
    }
    assertTrue(sent < 10, "round trips with draft tokens, though they do not pay: " + sent);
  }

  @Test
  void whatIsSentAheadIsApproachedByDegreesAsWell() {
    CostModel costs = new CostModel(OptionalInt.empty());
    costs.draftTokens(new double[0], 1);
    costs.record(1, 0.1, 0);
    double[] reach = new double[200];
    Arrays.fill(reach, 0.9);
    assertEquals(7, costs.draftTokensBehind(reach, 1));
  }

  @Test
  void draftTokensThatAreAcceptedLessOftenThanExpectedAreNoLongerSent() {
    CostModel costs = new CostModel(OptionalInt.empty());
    costs.record(1, 0.1, 0);
    double[] reach = {0.5, 0.4, 0.3, 0.2};
    int sent = 0;
    for (int i = 0; i < 300; i++) {
      int tokens = costs.draftTokens(reach, 1);
      sent += i < 200 ? 0 : tokens;
      costs.record(1 + tokens, 0.1 + 0.01 * tokens, 0);
    }
    assertTrue(sent < 80, "sent in 100 round trips: " + sent);
  }

  /** Whatever is measured, and in whatever order. */
  @Property
  void timesNeverFallWithTheNumberOfTokens(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 100) int roundTrips) {
    Random random = new Random(seed);
    StepTimes times = new StepTimes();
    for (int i = 0; i < roundTrips; i++) {
      times.record(1 + random.nextInt(200), random.nextDouble());
    }
    double[] seconds = times.upTo(256);
    for (int tokens = 2; tokens < seconds.length; tokens++) {
      assertTrue(seconds[tokens] >= seconds[tokens - 1] - 1e-12, tokens + " tokens");
    }
  }

  @Test
  void aPauseOfTheMachineSaysLittle() {
    StepTimes times = new StepTimes();
    for (int i = 0; i < 10; i++) {
      times.record(4, 0.1);
    }
    times.record(4, 60);
    assertEquals(0.1, times.upTo(4)[4], 0.03);
  }

  @Property
  void acceptanceFollowsWhatTheModelSays(
      @ForAll @DoubleRange(min = 0.3, max = 1) double claimed,
      @ForAll @DoubleRange(min = 0, max = 0.9) double actual,
      @ForAll long seed) {
    Random random = new Random(seed);
    Acceptance acceptance = new Acceptance();
    assertEquals(Math.min(0.98, claimed), acceptance.correct(2, claimed), 1e-9);
    for (int i = 0; i < 1000; i++) {
      acceptance.record(2, claimed, random.nextDouble() < actual);
    }
    assertEquals(actual, acceptance.correct(2, claimed), 0.2);
    assertEquals(Math.min(0.98, claimed), acceptance.correct(1, claimed), 1e-9, "another depth");
  }

  /** Each class of sizes counts as often as it was measured. */
  @Test
  void sizesWhoseTimesFallShareTheirMean() {
    StepTimes times = new StepTimes();
    for (int i = 0; i < 3; i++) {
      times.record(1, 0.3);
    }
    times.record(2, 0.2);
    times.record(4, 0.1);
    times.record(4, 0.1);
    times.record(8, 0.5);
    double mean = (3 * 0.3 + 0.2 + 2 * 0.1) / 6;
    double[] seconds = times.upTo(8);
    for (int tokens = 1; tokens <= 4; tokens++) {
      assertEquals(mean, seconds[tokens], 1e-12, tokens + " tokens");
    }
    assertEquals((mean + 0.5) / 2, seconds[6], 1e-12);
    assertEquals(0.5, seconds[8], 1e-12);
  }

  @Test
  void beyondWhatIsMeasuredTimesGrowAsBeforeButAtLeastALittle() {
    StepTimes one = new StepTimes();
    one.record(4, 0.104);
    double[] assumed = one.upTo(8);
    assertEquals(0.101, assumed[1], 1e-12);
    assertEquals(0.104, assumed[4], 1e-12);
    assertEquals(0.108, assumed[8], 1e-12);
    StepTimes several = new StepTimes();
    several.record(1, 0.1);
    several.record(2, 0.3);
    several.record(4, 0.4);
    assertEquals(0.6, several.upTo(6)[6], 1e-12, "0.1 for each token, from 1 to 4");
  }

  @Test
  void whatSavesLessThanItAndItsTokensCostDoesNotPay() {
    CostModel costs = new CostModel(OptionalInt.empty());
    for (int tokens = 1; tokens <= 8; tokens++) {
      costs.record(tokens, 0.1 + 0.01 * tokens, 0);
    }
    double slower = costs.seconds(5) - costs.seconds(2);
    assertTrue(slower > 0.02, "three tokens more: " + slower);
    assertTrue(costs.pays(0.05 + slower + 1e-6, 0.05, 2, 3));
    assertFalse(costs.pays(0.05 + slower - 1e-6, 0.05, 2, 3));
    assertTrue(new CostModel(OptionalInt.of(1)).pays(0, 1, 2, 3));
  }

  @Test
  void oneOfManyRoundTripsGoesWithoutDraftTokens() {
    CostModel costs = new CostModel(OptionalInt.empty());
    List<Integer> without = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      int tokens = costs.draftTokens(new double[] {0.9}, 1);
      if (tokens == 0) {
        without.add(i);
      }
      costs.record(1 + tokens, 0.1, tokens);
    }
    assertEquals(List.of(0, 64, 128, 192), without);
  }

  @Test
  void draftTokensThatAreAcceptedMoreOftenThanExpectedAreTrustedMore() {
    CostModel costs = new CostModel(OptionalInt.empty());
    costs.record(1, 0.1, 0);
    for (int i = 0; i < 10; i++) {
      costs.record(2, 0.12, 0); // the second token lengthens a round trip by a fifth
    }
    double[] reach = {0.1};
    assertEquals(0, costs.draftTokens(reach, 1));
    for (int i = 0; i < 10; i++) {
      costs.record(1);
    }
    assertEquals(1, costs.draftTokens(reach, 1));
  }
}
