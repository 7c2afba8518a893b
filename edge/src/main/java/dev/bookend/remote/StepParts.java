package dev.bookend.remote;

import dev.bookend.model.runtime.Step;
import dev.bookend.session.TokenTree;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Cuts a step for a server that takes fewer new tokens at once than the one it was made for. */
final class StepParts {
  private StepParts() {}

  /**
   * Steps that run the tokens of one in the same order and, run one after the other, compute the
   * same. Each is part of a branch: its tokens see the cached slots and what precedes them in it.
   *
   * @param tokens the tree that the step was laid out for
   * @param most tokens that a part may have
   */
  static List<Step> cut(Step step, TokenTree tokens, int most) {
    if (step.tokens() <= most) {
      return List.of(step);
    }
    List<Step> parts = new ArrayList<>();
    int from = 0;
    for (int end = 1; end <= step.tokens(); end++) {
      boolean goesOn = end < step.tokens() && tokens.parent(end) == end - 1 && end - from < most;
      if (!goesOn) {
        parts.add(part(step, tokens, from, end));
        from = end;
      }
    }
    return parts;
  }

  private static Step part(Step step, TokenTree tokens, int from, int to) {
    BitSet seen = new BitSet();
    ByteBuffer cached = step.cached();
    for (int slot = 0; slot < step.capacity(); slot++) {
      seen.set(slot, cached.get(slot) != 0);
    }
    for (int node = tokens.parent(from); node >= 0; node = tokens.parent(node)) {
      seen.set(step.slot(node));
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
