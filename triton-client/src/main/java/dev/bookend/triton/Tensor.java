package dev.bookend.triton;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A named tensor. The content is the protocol's raw form: row-major, little-endian; see {@link
 * TensorType#BYTES} for strings. It is a view of the buffer given, which must not change until a
 * request that carries it has been answered or its stream has ended. A request shares the memory of
 * a buffer that is backed by an array it may reach; a direct or read-only one it copies once.
 *
 * @param shape dimensions, outermost first; empty for a scalar
 * @param content exactly the shape's elements
 */
public record Tensor(String name, TensorType type, List<Long> shape, ByteBuffer content) {

  /**
   * @throws IllegalArgumentException if the content is not that of the shape
   */
  public Tensor {
    shape = List.copyOf(shape);
    content = content.slice().order(ByteOrder.LITTLE_ENDIAN);
    long count = count(name, shape);
    if (type == TensorType.BYTES) {
      requireElements(name, shape, count, content);
    } else if (count > Integer.MAX_VALUE || count * type.bytes() != content.remaining()) {
      throw new IllegalArgumentException(
          "tensor " + name + " " + type + shape + " does not fit " + content.remaining() + " B");
    }
  }

  /** FP32 from Java floats; copies. */
  public static Tensor of(String name, List<Long> shape, float... values) {
    ByteBuffer content = allocate(Math.multiplyExact(values.length, Float.BYTES));
    content.asFloatBuffer().put(values);
    return new Tensor(name, TensorType.FP32, shape, content);
  }

  /** INT32 from Java ints; copies. */
  public static Tensor of(String name, List<Long> shape, int... values) {
    ByteBuffer content = allocate(Math.multiplyExact(values.length, Integer.BYTES));
    content.asIntBuffer().put(values);
    return new Tensor(name, TensorType.INT32, shape, content);
  }

  /** BYTES from strings in UTF-8; copies. */
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

  /** The content, read-only, at its beginning, in little-endian order. */
  @Override
  public ByteBuffer content() {
    return content.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
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

  /** The elements of a BYTES tensor as views; nothing is copied. */
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

  /** The elements of a BYTES tensor read as UTF-8; copies. */
  public List<String> toStrings() {
    return toElements().stream().map(element -> UTF_8.decode(element).toString()).toList();
  }

  /** Shares the content's memory where it has an array; protobuf can wrap nothing else. */
  ByteString toByteString() {
    return UnsafeByteOperations.unsafeWrap(content.duplicate());
  }

  private void require(TensorType wanted) {
    if (type != wanted) {
      throw new IllegalStateException("tensor " + name + " is " + type + ", not " + wanted);
    }
  }

  /** The number of elements; a shape may come from the network. */
  static long count(String name, List<Long> shape) {
    long count = 1;
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException("tensor " + name + " has the shape " + shape);
      }
      try {
        count = Math.multiplyExact(count, dimension);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("tensor " + name + " has the shape " + shape, e);
      }
    }
    return count;
  }

  /** Walks the lengths, so that {@link #toElements} can trust them. */
  private static void requireElements(
      String name, List<Long> shape, long count, ByteBuffer content) {
    ByteBuffer rest = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    long found = 0;
    while (rest.hasRemaining()) {
      int length = rest.remaining() < Integer.BYTES ? -1 : rest.getInt();
      if (length < 0 || length > rest.remaining()) {
        throw new IllegalArgumentException("tensor " + name + " BYTES" + shape + " is cut off");
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

  /** Name, type and shape; never the content. */
  @Override
  public String toString() {
    return name + " " + type + shape;
  }
}
