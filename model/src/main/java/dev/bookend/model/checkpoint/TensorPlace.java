package dev.bookend.model.checkpoint;

import java.util.List;

/**
 * Where a tensor lies, as the header of its file says. Nothing of the tensor has been read.
 *
 * @param file the file's name beside the others of the model
 * @param name the name that the tensor has in that file
 * @param shape outermost dimension first
 * @param offset of its first byte in the file
 * @param interleavedHead as {@link StoredTensor} takes it
 */
public record TensorPlace(
    String file, String name, StoredType type, List<Long> shape, long offset, int interleavedHead) {

  public TensorPlace {
    shape = List.copyOf(shape);
  }

  /** How many bytes it takes in the file. */
  public long bytes() {
    return StoredTensor.storedBytes(file + ": tensor " + name, type, dimensions());
  }

  /** The shape as an array. */
  public long[] dimensions() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  /** The same tensor in another place. */
  public TensorPlace at(String otherFile, long otherOffset) {
    return new TensorPlace(otherFile, name, type, shape, otherOffset, interleavedHead);
  }

  /**
   * The tensor itself.
   *
   * @param mapped the file that {@link #file} names
   */
  public StoredTensor map(MappedFile mapped) {
    return new StoredTensor(mapped, name, type, shape, offset, interleavedHead);
  }
}
