package dev.bookend.model.checkpoint.pytorch;

import java.util.List;

/**
 * A tensor as the pickle of a state dict describes it; its elements are in a file of their own.
 *
 * @param storage which file
 * @param elements how many elements the storage has, which other tensors may share
 * @param offset index in the storage of the tensor's first element
 * @param shape outermost dimension first
 * @param strides for each dimension, how many elements further the next of it lies
 */
record PickledTensor(
    StorageType type,
    String storage,
    long elements,
    long offset,
    List<Long> shape,
    List<Long> strides) {

  /** Whether the elements lie one after the other, the last dimension's side by side. */
  boolean isContiguous() {
    long expected = 1;
    for (int i = shape.size() - 1; i >= 0; i--) {
      if (shape.get(i) > 1 && strides.get(i) != expected) {
        return false;
      }
      expected *= Math.max(1, shape.get(i));
    }
    return true;
  }
}
