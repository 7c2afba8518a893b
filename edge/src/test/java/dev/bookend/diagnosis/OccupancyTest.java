package dev.bookend.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.triton.ModelConfiguration;
import dev.bookend.triton.ModelConfiguration.Oldest;
import dev.bookend.triton.ModelConfiguration.SequenceBatching;
import dev.bookend.triton.ModelStatistics;
import dev.bookend.triton.ModelStatistics.InferStatistics;
import dev.bookend.triton.ModelStatistics.StatisticDuration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** A server whose places are taken, told from one that hangs. */
class OccupancyTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final OptionalLong UNKNOWN = OptionalLong.empty();

  private static ModelConfiguration model(String platform, boolean sequences) {
    return new ModelConfiguration(
        "m",
        platform,
        "python",
        0,
        List.of(),
        List.of(),
        sequences
            ? Optional.of(new SequenceBatching(600_000_000, Optional.of(new Oldest(16))))
            : Optional.empty(),
        Map.of());
  }

  private static Optional<ModelStatistics> statistics(long answered, long last) {
    return statistics(answered, 0, last);
  }

  private static Optional<ModelStatistics> statistics(long answered, long failed, long last) {
    StatisticDuration none = new StatisticDuration(0, 0);
    return Optional.of(
        new ModelStatistics(
            "m",
            "1",
            last,
            answered,
            answered,
            new InferStatistics(
                new StatisticDuration(answered, 1),
                new StatisticDuration(failed, 1),
                none,
                none,
                none,
                none)));
  }

  private static Occupancy judge(
      long before, long after, long lastSecondsAgo, OptionalLong pending) {
    return Occupancy.of(
        model("", true),
        statistics(before, 0),
        statistics(after, lastSecondsAgo < 0 ? 0 : NOW - 1000 * lastSecondsAgo),
        pending,
        Duration.ofSeconds(8),
        NOW);
  }

  private static void assertJudged(boolean full, String reason, Occupancy occupancy) {
    assertEquals(full, occupancy.full(), occupancy.reason());
    assertTrue(occupancy.reason().contains(reason), occupancy.reason());
  }

  @Test
  void requestsThatWaitForAPlaceAreCounted() {
    assertJudged(
        true,
        "all 16 places for sessions are taken; 3 waiting",
        judge(5, 5, 30, OptionalLong.of(3)));
  }

  @Test
  void nobodyWaitsForAPlaceWhereNothingIsPending() {
    assertJudged(false, "it hangs, or is very slow", judge(5, 5, 30, OptionalLong.of(0)));
  }

  @Test
  void othersAreAnsweredWhereTheModelLives() {
    assertJudged(true, "while those of others were answered", judge(5, 9, 0, UNKNOWN));
  }

  @Test
  void aModelThatHasNeverAnsweredHasNoPlaceTaken() {
    assertJudged(false, "none has been answered", judge(0, 0, -1, OptionalLong.of(1)));
  }

  @Test
  void othersFailWhereTheModelIsBroken() {
    Occupancy broken =
        Occupancy.of(
            model("", true),
            statistics(5, 1, NOW),
            statistics(5, 2, NOW),
            OptionalLong.of(1),
            Duration.ofSeconds(8),
            NOW);
    assertJudged(false, "those of others failed meanwhile", broken);
  }

  /** A place is free when its session has been idle for long enough, so it cannot be that. */
  @Test
  void silenceForLongerThanTheIdleTimeIsAHang() {
    assertJudged(
        false,
        "answered 661 s ago, though a place is free after 600 s: it hangs",
        judge(5, 5, 661, OptionalLong.of(1)));
    assertJudged(true, "taken", judge(5, 5, 599, OptionalLong.of(1)));
  }

  @Test
  void withoutAnyCountsAllPlacesMayBeTaken() {
    Occupancy guessed =
        Occupancy.of(
            model("", true),
            Optional.empty(),
            Optional.empty(),
            UNKNOWN,
            Duration.ofSeconds(8),
            NOW);
    assertJudged(true, "or it hangs", guessed);
    Occupancy hasty =
        Occupancy.of(
            model("", true),
            Optional.empty(),
            Optional.empty(),
            UNKNOWN,
            Duration.ofMillis(200),
            NOW);
    assertJudged(false, "too short to tell", hasty);
  }

  @Test
  void anEnsemblesPlacesAreItsStages() {
    Occupancy ensemble =
        Occupancy.of(
            model("ensemble", false),
            statistics(5, 0),
            statistics(5, NOW - 3_600_000),
            OptionalLong.of(1),
            Duration.ofSeconds(8),
            NOW);
    assertJudged(true, "all places for sessions are taken", ensemble);
  }

  @Test
  void aModelWithoutSequencesHasNoPlaces() {
    Occupancy none =
        Occupancy.of(
            model("", false),
            Optional.empty(),
            Optional.empty(),
            OptionalLong.of(1),
            Duration.ofSeconds(8),
            NOW);
    assertJudged(false, "no places", none);
  }
}
