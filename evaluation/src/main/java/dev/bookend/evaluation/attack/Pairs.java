package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Hidden states and the tokens that they belong to, for an attacker to learn from.
 *
 * @param states FP32 [N,H], each scaled to a mean square of 1: the scale of a state says little
 *     about its token, and the state of a text's first token can be a thousand times larger
 * @param tokens in the same order
 * @param documents index of the first pair of each document
 */
@SuppressWarnings("ArrayRecordComponent") // never changed nor compared
record Pairs(NDArray states, int[] tokens, List<Integer> documents) {

  private static final int AT_ONCE = 2048;

  /** Scales each state to a mean square of 1. */
  static NDArray scaled(NDArray states) {
    return states.div(states.square().mean(new int[] {1}, true).add(1e-12f).sqrt());
  }

  int size() {
    return tokens.length;
  }

  /**
   * Rows of whole documents in random order.
   *
   * @param most rows; the last document may be cut
   */
  int[] sample(int most, Random random) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < documents.size(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    int[] rows = new int[Math.min(most, size())];
    int taken = 0;
    for (int document : order) {
      int end = document + 1 < documents.size() ? documents.get(document + 1) : size();
      for (int row = documents.get(document); row < end && taken < rows.length; row++) {
        rows[taken++] = row;
      }
    }
    return rows;
  }

  /** The states of some rows, FP32 [n,H]. */
  NDArray states(NDManager scope, int[] rows) {
    return rows(scope, states, rows);
  }

  /** Some rows of a matrix, attached to the scope. */
  static NDArray rows(NDManager scope, NDArray matrix, int[] rows) {
    try (NDArray index = scope.create(Arrays.stream(rows).asLongStream().toArray())) {
      return matrix.get(scope, new NDIndex("{}", index));
    }
  }

  /** The same pairs with the states as they arrive over a wire, which attackers know. */
  Pairs over(Wire wire, NDManager kept, Random random) {
    NDArray arrived = states.getManager().create(states.getShape());
    arrived.attach(kept);
    for (int from = 0; from < size(); from += AT_ONCE) {
      NDIndex rows = new NDIndex("{}:{}", from, Math.min(size(), from + AT_ONCE));
      try (NDManager scope = kept.newSubManager()) {
        arrived.set(rows, scaled(wire.carry(states.get(scope, rows), random)));
      }
    }
    return new Pairs(arrived, tokens, documents);
  }

  /** The tokens of some rows. */
  int[] tokens(int[] rows) {
    return Arrays.stream(rows).map(row -> tokens[row]).toArray();
  }
}
