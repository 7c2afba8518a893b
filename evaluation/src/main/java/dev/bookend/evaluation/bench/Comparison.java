package dev.bookend.evaluation.bench;

import dev.bookend.decoding.Generation;
import java.util.List;

/**
 * Two answers to one prompt, token by token.
 *
 * @param common how many tokens they begin with alike
 * @param same whether that is all of both
 * @param nearTie whether the first that differs was a near tie in either: another order of
 *     floating-point sums may choose otherwise, and all that follows with it
 */
record Comparison(int common, boolean same, boolean nearTie) {
  /**
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
    return index < margins.size() && margins.get(index) < Generation.NEAR_TIE;
  }
}
