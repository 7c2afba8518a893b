package dev.bookend.session;

import dev.bookend.model.runtime.Step;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/**
 * A session's committed tokens, the cache slot that each lies in, and which slots are free. The
 * same table holds for the lower, middle and upper layers. A rejected guess costs nothing: its slot
 * was never committed, so the next step hands it out again.
 */
public final class SlotTable {
  private final OptionalInt window;
  private final BitSet committed = new BitSet();
  private int[] tokenAt = new int[256];
  private int[] slotAt = new int[256];
  private int length;
  private int inPlace;
  private int capacity;

  /**
   * @param window how many last positions a token sees, itself included; empty: all
   */
  SlotTable(OptionalInt window) {
    this.window = window;
  }

  /** Number of committed positions. */
  public int length() {
    return length;
  }

  /** Capacity that the steps so far have asked for. */
  public int capacity() {
    return capacity;
  }

  /**
   * Lays out new tokens behind the committed ones: lowest free slots in the order of the nodes, so
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
   * Lays out new tokens behind a branch of a step that is not committed yet, beside its slots.
   *
   * @param branch indices of the step's tokens behind which the new ones come
   */
  Step layOutBehind(Step step, List<Integer> branch, TokenTree tree) {
    BitSet taken = (BitSet) committed.clone();
    for (int token = 0; token < step.tokens(); token++) {
      taken.set(step.slot(token));
    }
    BitSet seen = visible();
    branch.forEach(token -> seen.set(step.slot(token)));
    Step next = layOut(tree, tree.positions(length + branch.size()), taken, seen);
    capacity = next.capacity();
    return next;
  }

  /** As {@link #layOut}, for a step that the cloud does not see: its capacity stays as it is. */
  Step tryOut(TokenTree tree) {
    int[] positions = tree.positions(length);
    int deepest = Arrays.stream(positions).max().getAsInt();
    if (deepest - length >= longestStep(length)) {
      throw new IllegalArgumentException(
          "a sliding window moves within " + (deepest - length + 1) + " new positions");
    }
    return layOut(tree, positions, committed, visible());
  }

  private Step layOut(TokenTree tree, int[] positions, BitSet taken, BitSet seen) {
    int[] slots = new int[tree.size()];
    int slot = -1;
    for (int node = 0; node < slots.length; node++) {
      slot = taken.nextClearBit(slot + 1);
      slots[node] = slot;
    }
    int room = Math.max(capacity, Step.capacityFor(slot + 1));
    return Step.tree(positions, slots, seen, room, tree.parents());
  }

  /**
   * A step over positions [from,to), all committed, that sees the positions before it.
   *
   * @param room its capacity: that of a step that comes after it, at most
   */
  public Step again(int from, int to, int room) {
    BitSet before = new BitSet();
    for (int position = firstVisible(from); position < from; position++) {
      before.set(slotAt[position]);
    }
    int[] positions = new int[to - from];
    Arrays.setAll(positions, i -> from + i);
    return Step.chain(positions, Arrays.copyOfRange(slotAt, from, to), before, room);
  }

  /** How many of the first positions lie each in the slot of the same number. */
  int inPlace() {
    return inPlace;
  }

  /** The tokens from a position on. */
  int[] tokensFrom(int position) {
    return Arrays.copyOfRange(tokenAt, position, length);
  }

  public int slotAt(int position) {
    return slotAt[position];
  }

  /** Makes a token and its slot the next position. */
  void commit(int token, int slot) {
    if (length == slotAt.length) {
      tokenAt = Arrays.copyOf(tokenAt, 2 * length);
      slotAt = Arrays.copyOf(slotAt, 2 * length);
    }
    if (inPlace == length && slot == length) {
      inPlace++;
    }
    tokenAt[length] = token;
    slotAt[length++] = slot;
    committed.set(slot);
  }

  /** How many of the first tokens are those committed. */
  int commonPrefix(int[] tokens) {
    int mismatch = Arrays.mismatch(tokenAt, 0, length, tokens, 0, tokens.length);
    return mismatch < 0 ? length : mismatch;
  }

  /** Frees the slots of all positions from {@code newLength} on. */
  void truncate(int newLength) {
    while (length > newLength) {
      committed.clear(slotAt[--length]);
    }
    inPlace = Math.min(inPlace, length);
  }

  /**
   * How many tokens from position {@code from} on can share one step: all, unless a sliding window
   * would move between the first and the last. The contract has one set of cached slots a step.
   */
  public int longestStep(int from) {
    if (window.isEmpty()) {
      return Integer.MAX_VALUE;
    }
    return Math.max(1, window.getAsInt() - from);
  }

  private BitSet visible() {
    if (firstVisible(length) == 0) {
      return (BitSet) committed.clone();
    }
    BitSet visible = new BitSet();
    for (int position = firstVisible(length); position < length; position++) {
      visible.set(slotAt[position]);
    }
    return visible;
  }

  private int firstVisible(int position) {
    return window.isEmpty() ? 0 : Math.max(0, position - window.getAsInt() + 1);
  }
}
