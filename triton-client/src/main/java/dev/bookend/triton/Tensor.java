package dev.bookend.triton;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A named tensor. Its content has the raw form of KServe v2: the elements in row-major order, each
 * little-endian, without gaps; {@link TensorType#BYTES} says how strings are laid out.
 *
 * <p>The tensor is a view of the buffer that it is made from. The buffer must not change until the
 * request that carries the tensor is answered or its stream has ended. A request shares the memory
 * of a buffer with an accessible array, and copies a direct or read-only buffer once.
 *
 * @param name the name of the model's input or output
 * @param type the type of the elements
 * @param shape the dimensions, outermost first; empty for a scalar
 * @param content the elements from the buffer's position to its limit, exactly as many as the shape
 *     says
 */
public record Tensor(String name, TensorType type, List<Long> shape, ByteBuffer content) {

  /**
   * Checks the content and takes a view of it.
   *
   * @throws IllegalArgumentException if the content has not the size of the shape, or a BYTES
   *     element is incomplete
   */
  public Tensor {
    shape = List.copyOf(shape);
    content = content.slice().order(ByteOrder.LITTLE_ENDIAN);
    long count = count(name, shape);
    if (type == TensorType.BYTES) {
      requireElements(name, shape, count, content);
    } else if (count > Integer.MAX_VALUE || count * type.bytes() != content.remaining()) {
      throw new IllegalArgumentException(
          "tensor "
              + name
              + " "
              + type
              + shape
              + " cannot have a content of "
              + content.remaining()
              + " bytes");
    }
  }

  /** An FP32 tensor with a copy of the values. */
  public static Tensor of(String name, List<Long> shape, float... values) {
    ByteBuffer content = allocate(Math.multiplyExact(values.length, Float.BYTES));
    content.asFloatBuffer().put(values);
    return new Tensor(name, TensorType.FP32, shape, content);
  }

  /** An INT32 tensor with a copy of the values. */
  public static Tensor of(String name, List<Long> shape, int... values) {
    ByteBuffer content = allocate(Math.multiplyExact(values.length, Integer.BYTES));
    content.asIntBuffer().put(values);
    return new Tensor(name, TensorType.INT32, shape, content);
  }

  /** A BYTES tensor with the strings in UTF-8. */
  public static Tensor of(String name, List<Long> shape, String... values) {
    List<byte[]> elements = new ArrayList<>();
    int bytes = 0;
    for (String value : values) {
      byte[] element = value.getBytes(UTF_8);
      elements.add(element);
      bytes = Math.addExact(bytes, Math.addExact(Integer.BYTES, element.length));
    }
    ByteBuffer content = allocate(bytes);
    elements.forEach(element -> content.putInt(element.length).put(element));
    return new Tensor(name, TensorType.BYTES, shape, content.flip());
  }

  /** The content as a read-only little-endian buffer, positioned at the first element. */
  @Override
  public ByteBuffer content() {
    return content.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * A copy of the elements of an FP32 tensor.
   *
   * @throws IllegalStateException if the tensor has another type
   */
  public float[] toFloats() {
    require(TensorType.FP32);
    float[] values = new float[content.remaining() / Float.BYTES];
    content().asFloatBuffer().get(values);
    return values;
  }

  /**
   * A copy of the elements of an INT32 tensor.
   *
   * @throws IllegalStateException if the tensor has another type
   */
  public int[] toInts() {
    require(TensorType.INT32);
    int[] values = new int[content.remaining() / Integer.BYTES];
    content().asIntBuffer().get(values);
    return values;
  }

  /**
   * The elements of a BYTES tensor as views of the content.
   *
   * @throws IllegalStateException if the tensor has another type
   */
  public List<ByteBuffer> toElements() {
    require(TensorType.BYTES);
    List<ByteBuffer> elements = new ArrayList<>();
    ByteBuffer rest = content();
    while (rest.hasRemaining()) {
      int length = rest.getInt();
      elements.add(rest.slice(rest.position(), length));
      rest.position(rest.position() + length);
    }
    return List.copyOf(elements);
  }

  /**
   * The elements of a BYTES tensor, decoded from UTF-8.
   *
   * @throws IllegalStateException if the tensor has another type
   */
  public List<String> toStrings() {
    return toElements().stream().map(element -> UTF_8.decode(element).toString()).toList();
  }

  /** The content as bytes that share its array; without an accessible array protobuf copies it. */
  ByteString toByteString() {
    return UnsafeByteOperations.unsafeWrap(content.duplicate());
  }

  private void require(TensorType wanted) {
    if (type != wanted) {
      throw new IllegalStateException("tensor " + name + " is " + type + ", not " + wanted);
    }
  }

  /** The number of elements, checked because a shape may come from the network. */
  static long count(String name, List<Long> shape) {
    long count = 1;
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException(
            "tensor " + name + " has a negative dimension in its shape " + shape);
      }
      try {
        count = Math.multiplyExact(count, dimension);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(
            "tensor " + name + " has too many elements in its shape " + shape, e);
      }
    }
    return count;
  }

  /** Checks the elements' lengths, so that {@link #toElements} can rely on them. */
  private static void requireElements(
      String name, List<Long> shape, long count, ByteBuffer content) {
    ByteBuffer rest = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    long found = 0;
    while (rest.hasRemaining()) {
      int length = rest.remaining() < Integer.BYTES ? -1 : rest.getInt();
      if (length < 0 || length > rest.remaining()) {
        throw new IllegalArgumentException(
            "tensor " + name + " BYTES" + shape + " ends within an element");
      }
      rest.position(rest.position() + length);
      found++;
    }
    if (found != count) {
      throw new IllegalArgumentException(
          "tensor " + name + " BYTES" + shape + " holds " + found + " elements");
    }
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The name, type and shape, without the content, which may be confidential. */
  @Override
  public String toString() {
    return name + " " + type + shape;
  }
}
