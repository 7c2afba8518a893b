package dev.bookend.model.runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;

/**
 * The positions and slots of the T new tokens of one forward pass, and what each of them sees: all
 * tensors of the contract between edge and cloud except the hidden states (docs/protocol.md). The
 * same step drives the lower, the middle and the upper layers.
 *
 * <p>Immutable. The tensors lie one after the other in one direct buffer in native byte order, so
 * that PyTorch gets them all in one call, and PyTorch and the network read them without copying.
 */
public final class Step {
  /**
   * The unit in which capacity grows. It is small, because attention runs over the whole capacity.
   */
  private static final int CAPACITY_UNIT = 64;

  private final int tokens;
  private final int capacity;
  private final ByteBuffer tensors;

  private Step(int tokens, int capacity) {
    this.tokens = tokens;
    this.capacity = capacity;
    int bytes = Math.toIntExact(2L * Integer.BYTES * tokens + capacity + (long) tokens * tokens);
    this.tensors = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** The capacity for so many slots: rounded up to the unit in which caches grow. */
  public static int capacityFor(int slots) {
    return Math.multiplyExact((slots + CAPACITY_UNIT - 1) / CAPACITY_UNIT, CAPACITY_UNIT);
  }

  /**
   * A step over a token tree.
   *
   * @param positions rotary position of each of the T new tokens
   * @param slots cache slot that each new token is written to; all different
   * @param cached old slots that every new token sees
   * @param capacity number of slots that attention runs over, C; above every slot named
   * @param parents index of each new token's parent among the new tokens, smaller than its own, or
   *     -1 where the parent is in the cache
   * @throws IllegalArgumentException if these do not agree
   */
  public static Step tree(
      int[] positions, int[] slots, BitSet cached, int capacity, int[] parents) {
    int tokens = positions.length;
    if (tokens == 0 || slots.length != tokens || parents.length != tokens) {
      throw new IllegalArgumentException(
          slots.length + " slots and " + parents.length + " parents for " + tokens + " new tokens");
    }
    Step step = new Step(tokens, capacity);
    step.tensors.asIntBuffer().put(positions).put(slots);
    cached.stream()
        .forEach(slot -> step.tensors.put(step.cachedAt() + requireSlot(slot, capacity), (byte) 1));
    for (int token = 0; token < tokens; token++) {
      if (parents[token] < -1 || parents[token] >= token) {
        throw new IllegalArgumentException(
            "parent " + parents[token] + " of new token " + token + " does not come before it");
      }
      for (int ancestor = token; ancestor >= 0; ancestor = parents[ancestor]) {
        step.tensors.put(step.treeAt() + token * tokens + ancestor, (byte) 1);
      }
    }
    step.requireFreeSlots();
    return step;
  }

  /** A step over a chain: each new token sees the cached slots and the new tokens before it. */
  public static Step chain(int[] positions, int[] slots, BitSet cached, int capacity) {
    int[] parents = new int[positions.length];
    for (int token = 0; token < parents.length; token++) {
      parents[token] = token - 1;
    }
    return tree(positions, slots, cached, capacity, parents);
  }

  /**
   * A step from tensors in native byte order, as a server receives them.
   *
   * @param positions INT32 [T]
   * @param slots INT32 [T]
   * @param cached BOOL [C]
   * @param tree BOOL [T,T]
   * @throws IllegalArgumentException if the sizes do not agree, a slot is outside [0,C) or named
   *     twice, or a slot is both new and cached
   */
  public static Step of(
      ByteBuffer positions, ByteBuffer slots, ByteBuffer cached, ByteBuffer tree) {
    int tokens = positions.remaining() / Integer.BYTES;
    int capacity = cached.remaining();
    if (tokens == 0
        || positions.remaining() != tokens * Integer.BYTES
        || slots.remaining() != tokens * Integer.BYTES
        || tree.remaining() != (long) tokens * tokens) {
      throw new IllegalArgumentException(
          "positions, slots and tree must be [T], [T] and [T,T] with T >= 1, but hold "
              + positions.remaining()
              + ", "
              + slots.remaining()
              + " and "
              + tree.remaining()
              + " bytes");
    }
    Step step = new Step(tokens, capacity);
    for (ByteBuffer tensor : List.of(positions, slots, cached, tree)) {
      step.tensors.put(tensor.duplicate());
    }
    step.tensors.clear();
    step.requireFreeSlots();
    return step;
  }

  private void requireFreeSlots() {
    BitSet taken = new BitSet(capacity);
    for (int token = 0; token < tokens; token++) {
      int slot = requireSlot(slot(token), capacity);
      if (taken.get(slot)) {
        throw new IllegalArgumentException("slot " + slot + " is given to two new tokens");
      }
      if (tensors.get(cachedAt() + slot) != 0) {
        throw new IllegalArgumentException("slot " + slot + " is both cached and new");
      }
      taken.set(slot);
    }
  }

  /** Number of new tokens, T. */
  public int tokens() {
    return tokens;
  }

  /** Number of slots that attention runs over, C. */
  public int capacity() {
    return capacity;
  }

  public int slot(int token) {
    return tensors.getInt(slotsAt() + token * Integer.BYTES);
  }

  /** INT32 [T], read-only. */
  public ByteBuffer positions() {
    return view(0, slotsAt());
  }

  /** INT32 [T], read-only. */
  public ByteBuffer slots() {
    return view(slotsAt(), cachedAt());
  }

  /** BOOL [C], read-only. */
  public ByteBuffer cached() {
    return view(cachedAt(), treeAt());
  }

  /** BOOL [T,T], row = who sees, column = who is seen; read-only. */
  public ByteBuffer tree() {
    return view(treeAt(), tensors.capacity());
  }

  /** Positions, slots, cached and tree, in this order without a gap; read-only. */
  ByteBuffer tensors() {
    return view(0, tensors.capacity());
  }

  private int slotsAt() {
    return tokens * Integer.BYTES;
  }

  private int cachedAt() {
    return 2 * slotsAt();
  }

  private int treeAt() {
    return cachedAt() + capacity;
  }

  private ByteBuffer view(int from, int to) {
    return tensors.slice(from, to - from).asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  private static int requireSlot(int slot, int capacity) {
    if (slot < 0 || slot >= capacity) {
      throw new IllegalArgumentException("slot " + slot + " is outside [0," + capacity + ")");
    }
    return slot;
  }
}
