package dev.bookend.model.runtime;

import ai.djl.ndarray.types.Shape;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The rows of a tensor that is to be loaded, wherever in the checkpoint they are.
 *
 * @param shape of the whole tensor
 * @param reader reads some of its rows
 */
record RowSource(Shape shape, Reader reader) {
  /** Reads rows. */
  interface Reader {
    /**
     * Writes rows into memory.
     *
     * @param count at least one
     * @param target has room for them
     */
    void read(long first, int count, ByteBuffer target);
  }

  /** As {@link Reader#read}. */
  void read(long first, int count, ByteBuffer target) {
    reader.read(first, count, target);
  }

  /** All rows of a tensor. */
  static RowSource of(Checkpoint checkpoint, FloatType type, String tensor) {
    return new RowSource(
        new Shape(checkpoint.shape(tensor)),
        (first, count, target) -> {
          checkpoint.readRows(tensor, type, first, count, target);
          checkpoint.release(tensor);
        });
  }

  /** Some rows of a matrix, in the order given. */
  static RowSource some(Checkpoint checkpoint, FloatType type, String tensor, int[] rows) {
    return new RowSource(
        new Shape(rows.length, checkpoint.shape(tensor)[1]),
        (first, count, target) -> {
          for (int i = 0; i < count; i++) {
            checkpoint.readRows(tensor, type, rows[(int) first + i], 1, target);
          }
        });
  }

  /** The rows of several matrices of one width, one matrix's below the other's. */
  static RowSource joined(List<RowSource> parts) {
    long rows = parts.stream().mapToLong(part -> part.shape().get(0)).sum();
    return new RowSource(
        new Shape(rows, parts.get(0).shape().get(1)),
        (first, count, target) -> {
          long above = 0;
          for (RowSource part : parts) {
            long size = part.shape().get(0);
            long from = Math.max(first, above);
            long to = Math.min(first + count, above + size);
            if (from < to) {
              part.read(from - above, (int) (to - from), target);
            }
            above += size;
          }
        });
  }
}
