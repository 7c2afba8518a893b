package dev.bookend.evaluation.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChrFTest {
  /** By hand, from the formula. */
  @ParameterizedTest
  @CsvSource({
    "abcdefgh, abcdefgh, 1",
    "abcdefgh, ab cd ef gh, 1",
    "abcdefgh, ijklmnop, 0",
    "abcdefgh, '', 0",
    // n = 1, 2: precision 1, recall 1/2 and 0 of 1; both means over two orders.
    "ab, a, 0.2778",
    "a, aa, 0.8333"
  })
  void countsSharedCharacterSequences(String truth, String recovered, double expected) {
    assertEquals(expected, ChrF.of(truth, recovered), 1e-3);
  }
}
