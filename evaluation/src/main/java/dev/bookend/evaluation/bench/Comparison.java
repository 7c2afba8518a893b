package dev.bookend.evaluation.bench;

import dev.bookend.decoding.Generation;
import java.util.List;

/**
 * Two answers to one prompt, compared token by token.
 *
 * @param common how many tokens at the beginning are the same
 * @param same whether the answers are the same to the end
 * @param nearTie whether they differ, and the first token that differs was a near tie in either:
 *     another order of floating-point sums may choose another token there, and all later tokens
 *     follow from it
 */
record Comparison(int common, boolean same, boolean nearTie) {
  /**
   * Compares.
   *
   * @param expectedMargins of the choices, one more than tokens where an end token was chosen
   */
  static Comparison of(
      List<Integer> expected,
      List<Float> expectedMargins,
      List<Integer> actual,
      List<Float> actualMargins) {
    int common = 0;
    while (common < Math.min(expected.size(), actual.size())
        && expected.get(common).equals(actual.get(common))) {
      common++;
    }
    boolean same = common == expected.size() && common == actual.size();
    return new Comparison(
        common, same, !same && (isTie(expectedMargins, common) || isTie(actualMargins, common)));
  }

  private static boolean isTie(List<Float> margins, int index) {
    return index < margins.size() && isTie(margins.get(index));
  }

  private static boolean isTie(float margin) {
    return margin < Generation.NEAR_TIE;
  }

  /** How many choices of an answer were near ties. */
  static int nearTies(List<Float> margins) {
    return (int) margins.stream().filter(Comparison::isTie).count();
  }
}
