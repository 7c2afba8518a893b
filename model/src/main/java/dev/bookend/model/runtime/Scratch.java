package dev.bookend.model.runtime;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;

/**
 * Memory of PyTorch's into which one tensor after another is read, to be copied from there. It is
 * given back at once when this is closed, unlike a direct buffer of Java's; and memory of its own
 * for each tensor, allocated and freed in turn with the copies, would leave holes in the heap.
 *
 * <p>Not thread-safe.
 */
final class Scratch implements AutoCloseable {
  private final PtNDManager manager;
  private final DataType type;
  private PtNDArray memory;

  Scratch(PtNDManager parent, DataType type) {
    this.manager = parent.newSubManager(Device.cpu());
    this.type = type;
  }

  /** A tensor on the CPU with any content, which lasts until the next one is taken. */
  PtNDArray take(Shape shape) {
    if (memory == null || memory.getShape().size() < shape.size()) {
      if (memory != null) {
        memory.close();
      }
      memory = manager.create(new Shape(shape.size()), type);
    }
    try (NDArray part = memory.get(new NDIndex("0:{}", shape.size()))) {
      return (PtNDArray) part.reshape(shape);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
