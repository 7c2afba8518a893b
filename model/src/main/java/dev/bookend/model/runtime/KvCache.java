package dev.bookend.model.runtime;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.stream.Stream;

/**
 * Keys and values of one session in one decoder range: per layer two tensors [kv_heads, slots, D],
 * written in place at the slots that each step names. A slot is never cleared: its content matters
 * only while a step says that it is cached. Starts empty and grows by doubling.
 *
 * <p>Not thread-safe.
 */
public final class KvCache implements AutoCloseable {
  private static final int FIRST_SLOTS = 256;

  private final PtNDManager parent;
  private final Weights weights;
  private final int layers;
  private Storage storage;
  private int capacity;

  KvCache(PtNDManager parent, Weights weights, int layers) {
    this.parent = parent;
    this.weights = weights;
    this.layers = layers;
  }

  /** How many slots there is memory for where a step has so many: a power of two. */
  public static int slotsFor(int stepCapacity) {
    return Math.max(FIRST_SLOTS, Integer.highestOneBit(Math.max(1, stepCapacity - 1)) * 2);
  }

  private Shape shape(int slots) {
    return new Shape(weights.config().kvHeads(), slots, weights.config().headDim());
  }

  /** Slots of the largest step so far. */
  public int capacity() {
    return capacity;
  }

  /** The storage, enlarged if a step over {@code stepCapacity} slots needs it. */
  Storage reserve(int stepCapacity) {
    capacity = Math.max(capacity, stepCapacity);
    if (storage == null || storage.slots < capacity) {
      int slots = slotsFor(capacity);
      Storage larger = new Storage(slots);
      if (storage != null) {
        weights.script().run("grow", storage.keys, larger.keys).close();
        weights.script().run("grow", storage.values, larger.values).close();
        storage.close();
      }
      storage = larger;
    }
    return storage;
  }

  @Override
  public void close() {
    if (storage != null) {
      storage.close();
      storage = null;
    }
  }

  /** Tensors of one size, as the lists in which they are handed to PyTorch. */
  final class Storage implements AutoCloseable {
    final IValue keys;
    final IValue values;
    private final int slots;
    private final PtNDManager manager;

    private Storage(int slots) {
      this.slots = slots;
      manager = parent.newSubManager(parent.getDevice());
      keys = IValue.listFrom(zeros());
      values = IValue.listFrom(zeros());
    }

    private PtNDArray[] zeros() {
      return Stream.generate(() -> ComputeThread.run(() -> weights.zeros(manager, shape(slots))))
          .limit(layers)
          .toArray(PtNDArray[]::new);
    }

    @Override
    public void close() {
      keys.close();
      values.close();
      manager.close();
    }
  }
}
