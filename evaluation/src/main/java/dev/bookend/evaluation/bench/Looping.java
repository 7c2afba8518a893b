package dev.bookend.evaluation.bench;

import java.util.List;

/**
 * Whether an answer ends in a loop: its last 60 tokens repeat with a period of at most 20. Small
 * models fall into loops under greedy decoding, and every drafter predicts a loop correctly.
 */
final class Looping {
  private static final int TOKENS = 60;
  private static final int LONGEST_PERIOD = 20;

  private Looping() {}

  static boolean loops(List<Integer> tokens) {
    if (tokens.size() < TOKENS) {
      return false;
    }
    List<Integer> end = tokens.subList(tokens.size() - TOKENS, tokens.size());
    for (int period = 1; period <= LONGEST_PERIOD; period++) {
      if (end.subList(period, TOKENS).equals(end.subList(0, TOKENS - period))) {
        return true;
      }
    }
    return false;
  }
}
