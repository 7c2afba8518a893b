package dev.bookend.remote;

import dev.bookend.model.runtime.Step;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * The KV cache slot of each cached position of a sequence, and which of them a token at some
 * position sees. Not thread-safe.
 */
public final class CachedSlots {
  private final OptionalInt window;
  private int[] slotAt = new int[256];
  private int length;

  /**
   * @param window how many of the last positions a token sees, its own included; empty: all
   */
  public CachedSlots(OptionalInt window) {
    this.window = window;
  }

  /** Number of cached positions. */
  public int length() {
    return length;
  }

  /** The slot of a cached position. */
  public int slot(int position) {
    return slotAt[position];
  }

  /** Makes a slot that of the next position. */
  public void add(int slot) {
    if (length == slotAt.length) {
      slotAt = Arrays.copyOf(slotAt, 2 * length);
    }
    slotAt[length++] = slot;
  }

  /** Forgets all positions from {@code newLength} on. */
  public void truncate(int newLength) {
    length = Objects.checkIndex(newLength, length + 1);
  }

  /** The slots of the cached positions that a token at {@code position} sees. */
  public BitSet visibleAt(int position) {
    BitSet visible = new BitSet();
    int first = window.isEmpty() ? 0 : Math.max(0, position - window.getAsInt() + 1);
    for (int cached = first; cached < position; cached++) {
      visible.set(slotAt[cached]);
    }
    return visible;
  }

  /**
   * How many tokens from position {@code from} on can share one step: all, unless a sliding window
   * would move between the first and the last. The contract has one set of cached slots for all
   * tokens of a step.
   */
  public int longestStep(int from) {
    if (window.isEmpty()) {
      return Integer.MAX_VALUE;
    }
    return Math.max(1, window.getAsInt() - from);
  }

  /**
   * A step that runs the cached positions [from,to) again, into their own slots. Its tokens see the
   * positions before {@code from} and each other.
   *
   * @param capacity number of slots that attention runs over
   */
  public Step step(int from, int to, int capacity) {
    int[] positions = new int[to - from];
    Arrays.setAll(positions, i -> from + i);
    return Step.chain(positions, Arrays.copyOfRange(slotAt, from, to), visibleAt(from), capacity);
  }
}
