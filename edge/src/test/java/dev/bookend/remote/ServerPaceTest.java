package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ServerPaceTest {
  private static final long MILLISECOND = 1_000_000;

  private final ServerPace pace = new ServerPace(20 * MILLISECOND);

  private static void assertWithin(Duration least, Duration time, Duration most) {
    assertTrue(time.compareTo(least) >= 0 && time.compareTo(most) <= 0, time.toString());
  }

  @Test
  void aServerThatAnswersAtOnceIsSoonMissed() {
    for (int step = 0; step < 10; step++) {
      pace.answered(1, 30 * MILLISECOND);
    }
    assertEquals(Duration.ofSeconds(1), pace.patience(1));
    assertWithin(Duration.ofSeconds(15), pace.limit(1), Duration.ofSeconds(17));
  }

  @Test
  void aServerThatTakesItsTimeGetsIt() {
    pace.answered(16, 2_000 * MILLISECOND);
    assertEquals(Duration.ofSeconds(5), pace.patience(16));
    assertWithin(Duration.ofSeconds(50), pace.limit(16), Duration.ofSeconds(60));
    assertWithin(Duration.ofSeconds(90), pace.limit(32), Duration.ofSeconds(100));
  }

  @Test
  void aSlowStepIsForgottenInTime() {
    pace.answered(1, 3_000 * MILLISECOND);
    for (int step = 0; step < 100; step++) {
      pace.answered(1, 30 * MILLISECOND);
    }
    assertEquals(Duration.ofSeconds(1), pace.patience(1));
  }

  /** A word that the server lives travels behind a prompt that fills a slow link. */
  @Test
  void whatTravelsIsWaitedForAsOnASlowLink() {
    pace.carried(100_000, MILLISECOND);
    Duration before = pace.probeLimit();
    CompletableFuture<Void> answer = new CompletableFuture<>();
    pace.travels(250_000, answer);
    assertEquals(before.plusSeconds(2), pace.probeLimit());
    answer.completeExceptionally(new IllegalStateException("lost"));
    assertEquals(before, pace.probeLimit());
  }

  /** A mobile network at 64 kbit/s: what it took once, it may take again, and more. */
  @Test
  void aLinkThatWasSlowerThanThoughtGetsWhatItTook() {
    pace.carried(400_000, 50_000 * MILLISECOND);
    pace.travels(400_000, new CompletableFuture<>());
    assertWithin(Duration.ofSeconds(99), pace.transfer(), Duration.ofSeconds(101));
    for (int step = 0; step < 100; step++) {
      pace.carried(400_000, 100 * MILLISECOND);
    }
    assertWithin(Duration.ofSeconds(3), pace.transfer(), Duration.ofSeconds(4));
  }

  /** The time of a small step is not the link's. */
  @Test
  void aSmallStepSaysNothingOfTheLink() {
    pace.carried(100_000, MILLISECOND);
    pace.carried(4_000, 5_000 * MILLISECOND);
    pace.travels(125_000, new CompletableFuture<>());
    assertEquals(Duration.ofSeconds(1), pace.transfer());
  }

  @Test
  void aLinkOfWhichNothingIsKnownMayBeSlow() {
    pace.travels(40_000, new CompletableFuture<>());
    assertEquals(Duration.ofSeconds(5), pace.transfer());
    pace.travels(400_000, new CompletableFuture<>());
    assertEquals(Duration.ofSeconds(15), pace.transfer());
    assertEquals(Duration.ofSeconds(110), pace.longestTransfer());
  }
}
