package dev.bookend.decoding;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.session.SessionStats;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/** The comparison that other tests rely on finds what it is for. */
class AnswerComparisonTest {
  private static final float TIE = TokenChoice.NEAR_TIE / 2;

  private final AnswerComparison comparison = new AnswerComparison();

  private static final SessionStats NOTHING = new SessionStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** An answer with these tokens; near ties are where it says so. */
  private static Generation answer(int[] tokens, int... nearTies) {
    List<TokenChoice> choices =
        IntStream.range(0, tokens.length)
            .mapToObj(
                i ->
                    new TokenChoice(
                        tokens[i],
                        Arrays.stream(nearTies).anyMatch(tie -> tie == i) ? TIE : 1,
                        Float.NaN,
                        List.of()))
            .toList();
    return new Generation(
        choices.stream().map(TokenChoice::token).toList(),
        choices,
        FinishReason.LENGTH,
        "grpc://b:8001",
        DecodingMetrics.of(NOTHING, nearTies.length, 0, 0, 0, List.of()));
  }

  private void compare(Generation expected, Generation actual) {
    comparison.add("prompt", expected, actual);
  }

  private void assertDiffer(Generation expected, Generation actual) {
    assertThrows(AssertionFailedError.class, () -> compare(expected, actual));
  }

  @Test
  void anotherTokenIsFoundBeforeBetweenAndBehindNearTies() {
    assertDiffer(answer(new int[] {1, 2, 3}, 2), answer(new int[] {9, 2, 3}, 2));
    assertDiffer(answer(new int[] {1, 2, 3}, 0, 2), answer(new int[] {1, 9, 3}, 0, 2));
    assertDiffer(answer(new int[] {1, 2, 3}, 0), answer(new int[] {1, 2, 9}, 0));
    assertDiffer(answer(new int[] {1, 2, 3}), answer(new int[] {1, 2, 3, 4}));
  }

  @Test
  void bothChoicesMustBeNearTies() {
    assertDiffer(answer(new int[] {1, 2}, 1), answer(new int[] {1, 3}));
    assertDiffer(answer(new int[] {1, 2}), answer(new int[] {1, 3}, 1));
    assertDoesNotThrow(() -> compare(answer(new int[] {1, 2}, 1), answer(new int[] {1, 3}, 1)));
    assertEquals(1, comparison.parted());
  }

  @Test
  void whatIsSkippedIsCountedAndBounded() {
    int[] long1 = IntStream.range(0, 40).toArray();
    compare(answer(long1), answer(long1));
    compare(answer(new int[] {1, 2, 3, 4}, 1), answer(new int[] {1, 9, 9, 9}, 1));
    assertEquals("41 choices compared, 3 skipped in 1 answers", comparison.toString());
    comparison.assertMostWasCompared();
    compare(answer(new int[] {1, 2, 3, 4}, 0), answer(new int[] {5, 2, 3, 4}, 0));
    assertThrows(AssertionFailedError.class, comparison::assertMostWasCompared);
  }
}
