package dev.bookend.session;

import dev.bookend.model.runtime.Step;
import dev.bookend.remote.CachedSlots;
import dev.bookend.speculation.TokenBuffer;
import dev.bookend.speculation.TokenTree;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/**
 * A session's cached tokens, the cache slot of each, and which slots are free. The same table holds
 * for the lower, middle and upper layers. A rejected draft token costs nothing: its slot was never
 * accepted, so the next step hands it out again. Not thread-safe.
 */
final class SlotTable {
  private final OptionalInt window;
  private final boolean inOrder;
  private final CachedSlots positions;
  private final BitSet cached = new BitSet();
  private final TokenBuffer tokens = new TokenBuffer();
  private int inPlace;
  private int capacity;

  /**
   * @param window how many of the last positions a token sees, its own included; empty: all
   * @param inOrder whether each position must come to lie in the slot of the same number
   */
  SlotTable(OptionalInt window, boolean inOrder) {
    this.window = window;
    this.inOrder = inOrder;
    this.positions = new CachedSlots(window);
  }

  /** Number of cached positions. */
  int length() {
    return positions.length();
  }

  /**
   * Lays out new tokens behind the cached ones: lowest free slots in the order of the nodes, so
   * that a chain, or a tree's first branch, gets slot = position where that is free.
   *
   * @throws IllegalArgumentException if a sliding window would move between the tree's first and
   *     its deepest node
   */
  Step layOut(TokenTree tree) {
    Step step = tryOut(tree);
    capacity = step.capacity();
    return step;
  }

  /**
   * Lays out new tokens behind a branch of a step of which nothing is accepted yet, in slots that
   * the step does not take.
   *
   * @param branch indices of the step's tokens behind which the new ones come
   */
  Step layOutBehind(Step step, List<Integer> branch, TokenTree tree) {
    BitSet taken = (BitSet) cached.clone();
    for (int token = 0; token < step.tokens(); token++) {
      taken.set(step.slot(token));
    }
    BitSet seen = visible();
    branch.forEach(token -> seen.set(step.slot(token)));
    Step next = layOut(tree, tree.positions(length() + branch.size()), taken, seen);
    capacity = next.capacity();
    return next;
  }

  /** As {@link #layOut}, for a step that the cloud does not see: its capacity stays as it is. */
  Step tryOut(TokenTree tree) {
    int[] next = tree.positions(length());
    int depth = Arrays.stream(next).max().getAsInt() - length() + 1;
    if (depth > longestStep()) {
      throw new IllegalArgumentException(
          "a sliding window moves within " + depth + " new positions");
    }
    return layOut(tree, next, cached, visible());
  }

  private Step layOut(TokenTree tree, int[] next, BitSet taken, BitSet seen) {
    int[] slots = new int[tree.size()];
    int slot = -1;
    for (int node = 0; node < slots.length; node++) {
      slot = taken.nextClearBit(slot + 1);
      slots[node] = slot;
    }
    int room = Math.max(capacity, Step.capacityFor(slot + 1));
    return Step.tree(next, slots, seen, room, tree.parents());
  }

  /** A step over the cached positions [from,to), which sees the positions before it. */
  Step again(int from, int to) {
    return positions.step(from, to, capacity);
  }

  /**
   * How many of the first positions keep their slots. The next step must run those behind them
   * again, in the slots where they would lie if no draft token had been sent.
   */
  int settled() {
    return inOrder ? inPlace : length();
  }

  /** The tokens from a position on. */
  int[] tokensFrom(int position) {
    return tokens.range(position, length());
  }

  /** Makes a token and its slot the next position. */
  void accept(int token, int slot) {
    if (inPlace == length() && slot == length()) {
      inPlace++;
    }
    tokens.add(token);
    positions.add(slot);
    cached.set(slot);
  }

  /** How many of the first tokens are those that are cached here. */
  int commonPrefix(int[] others) {
    return tokens.commonPrefix(others);
  }

  /** Frees the slots of all positions from {@code newLength} on. */
  void truncate(int newLength) {
    for (int position = newLength; position < length(); position++) {
      cached.clear(positions.slot(position));
    }
    tokens.truncate(newLength);
    positions.truncate(newLength);
    inPlace = Math.min(inPlace, newLength);
  }

  /** How many of the next tokens can share one step; see {@link CachedSlots#longestStep}. */
  int longestStep() {
    return positions.longestStep(length());
  }

  private BitSet visible() {
    return window.isEmpty() ? (BitSet) cached.clone() : positions.visibleAt(length());
  }
}
