package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.ErrorCode;
import dev.bookend.triton.TritonException;
import dev.bookend.triton.TritonException.Kind;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  private final TritonException unreachable =
      new TritonException(Kind.UNREACHABLE, "nobody there", null);

  private static RetryPolicy withoutPauses(int attempts) {
    return new RetryPolicy(attempts, Duration.ZERO, Duration.ZERO);
  }

  @Test
  void pausesDoubleUpToTheLongest() {
    RetryPolicy policy = new RetryPolicy(9, Duration.ofMillis(100), Duration.ofSeconds(1));
    assertEquals(
        "[100, 200, 400, 800, 1000, 1000]",
        IntStream.range(0, 6).mapToObj(i -> policy.pause(i).toMillis()).toList().toString());
    assertEquals(Duration.ofSeconds(1), policy.pause(1000));
  }

  @Test
  void theDefaultTriesForAMinuteAndNoLonger() {
    Duration pauses =
        IntStream.range(0, RetryPolicy.DEFAULT.attempts())
            .mapToObj(RetryPolicy.DEFAULT::pause)
            .reduce(Duration.ZERO, Duration::plus);
    assertEquals(Duration.ofSeconds(60), RetryPolicy.DEFAULT.total());
    assertTrue(pauses.compareTo(RetryPolicy.DEFAULT.total()) > 0, "time is what ends it");
  }

  @Test
  void theTimeOfAllAttemptsIsBounded() {
    RetryPolicy policy = withoutPauses(1_000_000).withTotal(Duration.ofMillis(50));
    RetryPolicy.Attempts attempts = policy.begin(1);
    assertThrows(
        CloudException.class,
        () -> {
          while (true) {
            attempts.failed(unreachable);
          }
        });
    assertTrue(attempts.left().isZero() || attempts.left().isNegative());
  }

  @Test
  void asManyAttemptsAreLeftAsThePolicyGrantsEachRequest() {
    RetryPolicy policy = withoutPauses(2);
    for (int request = 0; request < 2; request++) {
      RetryPolicy.Attempts attempts = policy.begin(1);
      attempts.failed(unreachable);
      attempts.failed(unreachable);
      CloudException failure =
          assertThrows(CloudException.class, () -> attempts.failed(unreachable));
      assertSame(unreachable, failure.getCause());
    }
  }

  /** Nobody knows what an unknown error means; another server, or another try, may not have it. */
  @Test
  void whatNeedNotPassIsTriedOnEachServerOnceMoreAndThreeTimesInAll() {
    TritonException wrong = new TritonException(Kind.FAILED, "no such thing", null);
    for (int servers = 1; servers <= 5; servers++) {
      RetryPolicy.Attempts attempts = withoutPauses(9).begin(servers);
      for (int retry = 0; retry < Math.max(3, servers); retry++) {
        attempts.failed(wrong);
      }
      assertThrows(CloudException.class, () -> attempts.failed(wrong));
    }
  }

  @Test
  void whatThisSideHasCancelledIsNotTriedAgain() {
    TritonException cancelled = new TritonException(Kind.CANCELLED, "no more", null);
    CloudException failure =
        assertThrows(CloudException.class, () -> withoutPauses(9).begin(3).failed(cancelled));
    assertEquals(ErrorCode.CANCELLED, failure.code());
  }

  @Test
  void anInterruptionEndsThePauseAndIsKept() {
    RetryPolicy policy = new RetryPolicy(9, Duration.ofDays(1), Duration.ofDays(1));
    Thread.currentThread().interrupt();
    CloudException failure =
        assertThrows(CloudException.class, () -> policy.begin(1).failed(unreachable));
    assertEquals(ErrorCode.CANCELLED, failure.code());
    assertTrue(Thread.interrupted());
  }
}
