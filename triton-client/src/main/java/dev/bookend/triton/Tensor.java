package dev.bookend.triton;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A named tensor. The content is the protocol's raw form: row-major, little-endian. Nothing is
 * copied: the buffer must not change until a request that carries it has been answered.
 *
 * @param shape dimensions, outermost first; empty for a scalar
 * @param content read-only; exactly the shape's elements
 */
public record Tensor(String name, TensorType type, List<Long> shape, ByteBuffer content) {

  /**
   * @throws IllegalArgumentException if the content's size is not that of the shape
   */
  public Tensor {
    shape = List.copyOf(shape);
    content = content.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long bytes = type.bytes();
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException("tensor " + name + " has the shape " + shape);
      }
      bytes = Math.multiplyExact(bytes, dimension);
    }
    if (bytes != content.remaining()) {
      throw new IllegalArgumentException(
          "tensor "
              + name
              + " "
              + type
              + shape
              + " takes "
              + bytes
              + " bytes, but holds "
              + content.remaining());
    }
  }

  /** FP32 from Java floats; copies. */
  public static Tensor of(String name, List<Long> shape, float... values) {
    ByteBuffer content = allocate(values.length * Float.BYTES);
    content.asFloatBuffer().put(values);
    return new Tensor(name, TensorType.FP32, shape, content);
  }

  /** INT32 from Java ints; copies. */
  public static Tensor of(String name, List<Long> shape, int... values) {
    ByteBuffer content = allocate(values.length * Integer.BYTES);
    content.asIntBuffer().put(values);
    return new Tensor(name, TensorType.INT32, shape, content);
  }

  /** The content, at its beginning, in little-endian order. */
  @Override
  public ByteBuffer content() {
    return content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The elements of an FP32 tensor; copies. */
  public float[] toFloats() {
    require(TensorType.FP32);
    float[] values = new float[content.remaining() / Float.BYTES];
    content().asFloatBuffer().get(values);
    return values;
  }

  /** The elements of an INT32 tensor; copies. */
  public int[] toInts() {
    require(TensorType.INT32);
    int[] values = new int[content.remaining() / Integer.BYTES];
    content().asIntBuffer().get(values);
    return values;
  }

  private void require(TensorType wanted) {
    if (type != wanted) {
      throw new IllegalStateException("tensor " + name + " is " + type + ", not " + wanted);
    }
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Name, type and shape; never the content. */
  @Override
  public String toString() {
    return name + " " + type + shape;
  }
}
