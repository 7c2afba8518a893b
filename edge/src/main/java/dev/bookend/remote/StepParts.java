package dev.bookend.remote;

import dev.bookend.model.runtime.Step;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Cuts a step for a server that takes fewer new tokens at once than the one it was made for. */
final class StepParts {
  private StepParts() {}

  /**
   * Steps that run the tokens of one step in the same order and, run one after the other, compute
   * the same. Each is part of a branch: its tokens see the cached slots and the tokens that come
   * before it in the branch.
   *
   * @param mostTokens most tokens that a part may have
   */
  static List<Step> cut(Step step, int mostTokens) {
    if (step.tokens() <= mostTokens) {
      return List.of(step);
    }
    List<Step> parts = new ArrayList<>();
    int from = 0;
    for (int end = 1; end <= step.tokens(); end++) {
      boolean goesOn = end < step.tokens() && sees(step, end, end - 1) && end - from < mostTokens;
      if (!goesOn) {
        parts.add(part(step, from, end));
        from = end;
      }
    }
    return parts;
  }

  /** Whether one new token of a step is an ancestor of another, or that token itself. */
  private static boolean sees(Step step, int token, int ancestor) {
    return step.tree().get(token * step.tokens() + ancestor) != 0;
  }

  private static Step part(Step step, int from, int to) {
    BitSet seen = new BitSet();
    ByteBuffer cached = step.cached();
    for (int slot = 0; slot < step.capacity(); slot++) {
      seen.set(slot, cached.get(slot) != 0);
    }
    for (int token = 0; token < from; token++) {
      if (sees(step, from, token)) {
        seen.set(step.slot(token));
      }
    }
    int[] positions = new int[to - from];
    int[] slots = new int[to - from];
    for (int token = from; token < to; token++) {
      positions[token - from] = step.positions().asIntBuffer().get(token);
      slots[token - from] = step.slot(token);
    }
    return Step.chain(positions, slots, seen, step.capacity());
  }
}
