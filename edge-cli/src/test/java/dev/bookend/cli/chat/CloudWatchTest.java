package dev.bookend.cli.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.remote.CloudEvent;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the shell shows while the cloud is waited for. */
class CloudWatchTest {
  private final CloudWatch watch = new CloudWatch();

  private static CloudEvent waiting(int seconds) {
    return new CloudEvent.Waiting("the cloud", Duration.ofSeconds(seconds), false);
  }

  /** Of a long prompt each piece is waited for by itself, and each tells of its first second. */
  @Test
  void whatIsWaitedForInPiecesIsCountedAsOne() {
    watch.onEvent(waiting(40));
    watch.onEvent(waiting(1));
    String notice = watch.notice().orElseThrow();
    assertTrue(notice.matches("waiting for the cloud, 4[0-9]\\.[0-9] s \\.\\.\\."), notice);
  }

  @Test
  void anAnswerThatCameEndsTheCount() {
    watch.onEvent(waiting(40));
    watch.arrived();
    assertEquals(Optional.empty(), watch.notice());
    watch.onEvent(waiting(1));
    String notice = watch.notice().orElseThrow();
    assertTrue(notice.contains(", 1."), notice);
  }
}
