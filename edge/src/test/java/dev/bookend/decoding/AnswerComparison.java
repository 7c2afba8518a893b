package dev.bookend.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.runtime.TokenChoice;
import java.util.List;

/**
 * Compares answers choice by choice. Where two answers part, both choices must be near ties, and
 * what follows says nothing: it is skipped, and counted.
 */
final class AnswerComparison {
  private int compared;
  private int skipped;
  private int parted;

  /** Compares two answers to the same prompt. */
  void add(String prompt, Generation expected, Generation actual) {
    List<TokenChoice> choices = expected.choices();
    List<TokenChoice> others = actual.choices();
    for (int i = 0; i < Math.min(choices.size(), others.size()); i++) {
      TokenChoice choice = choices.get(i);
      TokenChoice other = others.get(i);
      if (choice.token() != other.token()) {
        assertTrue(
            choice.isNearTie() && other.isNearTie(),
            () -> prompt + ": " + choice + " and " + other + " are no near ties");
        skipped += choices.size() - i;
        parted++;
        return;
      }
      compared++;
    }
    assertEquals(expected.tokens(), actual.tokens(), prompt);
    assertEquals(expected.finishReason(), actual.finishReason(), prompt);
  }

  /** How many answers parted. */
  int parted() {
    return parted;
  }

  /** Fails if more than a tenth of the choices was skipped. */
  void assertMostWasCompared() {
    assertTrue(compared > 9 * skipped, toString());
  }

  @Override
  public String toString() {
    return compared + " choices compared, " + skipped + " skipped in " + parted + " answers";
  }
}
