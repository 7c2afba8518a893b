package dev.bookend.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinkProfileTest {
  @Test
  void onlyTheRoundTripIsNeeded() {
    assertEquals(
        new LinkProfile(
            Duration.ofMillis(80), Duration.ZERO, OptionalLong.empty(), OptionalLong.empty(), 0),
        LinkProfile.parse("rtt=80ms"));
  }

  @Test
  void readsEveryKeyWithItsUnit() {
    assertEquals(
        new LinkProfile(
            Duration.ofMillis(150),
            Duration.ofNanos(2_500_000),
            OptionalLong.of(20_000_000),
            OptionalLong.of(1_500_000_000),
            0.01),
        LinkProfile.parse("RTT=0.15s, jitter=2500us,up=20mbit,down=1.5gbit,loss=1%"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "80ms|key=value",
        "jitter=3ms|rtt is missing",
        "rtt=80|not a time",
        "rtt=-80ms|not a number",
        "rtt=2h|not a time",
        "rtt=90s|longer than a minute",
        "rtt=80ms,up=20|not a bandwidth",
        "rtt=80ms,up=1bit|not between",
        "rtt=80ms,loss=70%|more than half",
        "rtt=80ms,speed=3|known are rtt"
      })
  void saysWhatIsWrong(String text, String reason) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> LinkProfile.parse(text)).getMessage();
    assertTrue(message.contains(reason), message);
  }
}
