package dev.bookend.evaluation.attack;

import java.util.HashMap;
import java.util.Map;

/**
 * The similarity of two texts by the characters that they share: chrF2 (Popović, chrF: character
 * n-gram F-score for automatic MT evaluation, 2015), which compares n-grams of up to six
 * characters, without white space, and gives recall twice the weight of precision.
 */
final class ChrF {
  private static final int LONGEST = 6;
  private static final double BETA = 2;

  private ChrF() {}

  /** The score, from 0 to 1. */
  static double of(String truth, String recovered) {
    String expected = truth.replaceAll("\\s", "");
    String given = recovered.replaceAll("\\s", "");
    double precision = 0;
    double recall = 0;
    int orders = 0;
    for (int n = 1; n <= LONGEST && n <= expected.length(); n++) {
      Map<String, Integer> left = counts(expected, n);
      int common = 0;
      for (int at = 0; at + n <= given.length(); at++) {
        common += left.merge(given.substring(at, at + n), -1, Integer::sum) >= 0 ? 1 : 0;
      }
      precision += (double) common / Math.max(1, given.length() - n + 1);
      recall += (double) common / (expected.length() - n + 1);
      orders++;
    }
    double weighted = BETA * BETA * precision + recall;
    return orders == 0 || weighted == 0
        ? 0
        : (1 + BETA * BETA) * precision * recall / orders / weighted;
  }

  private static Map<String, Integer> counts(String text, int n) {
    Map<String, Integer> counts = new HashMap<>();
    for (int at = 0; at + n <= text.length(); at++) {
      counts.merge(text.substring(at, at + n), 1, Integer::sum);
    }
    return counts;
  }
}
