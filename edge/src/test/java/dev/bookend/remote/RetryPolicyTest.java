package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
  void theDefaultPausesForHalfAMinute() {
    long seconds =
        IntStream.range(0, RetryPolicy.DEFAULT.attempts())
            .mapToObj(RetryPolicy.DEFAULT::pause)
            .reduce(Duration.ZERO, Duration::plus)
            .toSeconds();
    assertTrue(seconds >= 25 && seconds <= 35, "seconds: " + seconds);
  }

  @Test
  void asManyAttemptsAreLeftAsThePolicyGrantsEachRequest() {
    RetryPolicy policy = withoutPauses(2);
    for (int request = 0; request < 2; request++) {
      RetryPolicy.Attempts attempts = policy.begin();
      attempts.failed(unreachable);
      attempts.failed(unreachable);
      CloudException failure =
          assertThrows(CloudException.class, () -> attempts.failed(unreachable));
      assertSame(unreachable, failure.getCause());
    }
  }

  @Test
  void whatWillNotPassIsNotTriedAgain() {
    TritonException wrong = new TritonException(Kind.INVALID_REQUEST, "no such input", null);
    assertThrows(CloudException.class, () -> withoutPauses(9).begin().failed(wrong));
  }

  @Test
  void anInterruptionEndsThePauseAndIsKept() {
    RetryPolicy policy = new RetryPolicy(9, Duration.ofDays(1), Duration.ofDays(1));
    Thread.currentThread().interrupt();
    assertThrows(CloudException.class, () -> policy.begin().failed(unreachable));
    assertTrue(Thread.interrupted());
  }
}
