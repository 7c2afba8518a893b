package dev.bookend.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.Completion;
import dev.bookend.model.runtime.TokenChoice;
import java.util.List;

/** Compares the same answer of two ways of decoding. */
final class SameAnswers {
  private SameAnswers() {}

  /**
   * Requires the same tokens, up to a choice that was as good as a tie.
   *
   * @return whether they differ behind such a choice
   */
  static boolean differ(Completion expected, Completion actual) {
    List<TokenChoice> choices = expected.generation().choices();
    List<TokenChoice> others = actual.generation().choices();
    for (int i = 0; i < Math.min(choices.size(), others.size()); i++) {
      if (choices.get(i).token() != others.get(i).token()) {
        assertTrue(choices.get(i).isNearTie() && others.get(i).isNearTie(), "choice " + i);
        return true;
      }
    }
    assertEquals(expected.text(), actual.text());
    return false;
  }
}
