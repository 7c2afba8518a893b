package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

/** What a progress line says of size, rate and time. */
class TransferRateTest {
  private static final long SECOND = 1_000_000_000;

  private final TransferRate rate = new TransferRate();

  @Test
  void whatWasHereBeforeDoesNotCount() {
    rate.update(0, 5_000_000);
    assertTrue(rate.perSecond().isEmpty());
    rate.update(SECOND, 6_000_000);
    assertEquals(1e6, rate.perSecond().getAsDouble(), 1);
  }

  @Test
  void theRateFollowsWithinSeconds() {
    rate.update(0, 0);
    for (int second = 1; second <= 5; second++) {
      rate.update(second * SECOND, second * 1000L);
    }
    for (int second = 6; second <= 30; second++) {
      rate.update(second * SECOND, 5000 + (second - 5) * 10L);
    }
    assertEquals(10, rate.perSecond().getAsDouble(), 10);
    for (int second = 31; second <= 200; second++) {
      rate.update(second * SECOND, 5250);
    }
    assertTrue(rate.perSecond().orElse(0) < 1e-6);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "999, 999 B",
    "1000, 1.0 kB",
    "999949, 1.0 MB",
    "1440000000, 1.4 GB",
    "13476838400, 13.5 GB",
    "141000000000, 141 GB",
    "9223372036854775807, 9.2 EB"
  })
  void amountsAreShort(long bytes, String text) {
    assertEquals(text, ByteAmounts.text(bytes));
  }

  @Test
  void partsHaveTheUnitOfTheWhole() {
    assertEquals("0.1 of 1.4 GB", ByteAmounts.of(100_000_000, 1_440_000_000));
    assertEquals("3 min", ByteAmounts.time(180));
    assertEquals("1 s", ByteAmounts.time(0.01));
    assertEquals("2.5 h", ByteAmounts.time(9000));
  }

  @ParameterizedTest
  @CsvSource({
    "8GB, 8000000000",
    "24GiB, 25769803776",
    "1.5g, 1500000000",
    "512b, 512",
    "1 kib, 1024",
    "80Gb, 80000000000"
  })
  void sizesOfMemoryAreRead(String text, long bytes) {
    assertEquals(bytes, new ByteSize().convert(text));
  }

  @ParameterizedTest
  @CsvSource({"much", "8 GX", "-1GB", "0GB", "512", "8ib", "9999999TB"})
  void otherTextIsNone(String text) {
    assertThrows(TypeConversionException.class, () -> new ByteSize().convert(text));
  }
}
