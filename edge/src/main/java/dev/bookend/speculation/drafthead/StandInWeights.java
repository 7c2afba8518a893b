package dev.bookend.speculation.drafthead;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.ComputeThread;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The weights of a stand-in head that was trained in advance.
 *
 * @param tokens the ids of the tokens that may be proposed, besides those of the text
 * @param tensors FP32: the linear map [2H+1,H], then the weights of the layer on top of it
 */
public record StandInWeights(List<Integer> tokens, List<NDArray> tensors) {

  /**
   * The weights as bytes, little-endian: the number of tokens and the tokens as INT32, then the
   * tensors as FP16, one after the other.
   */
  public byte[] encode() {
    List<ByteBuffer> halves = new ArrayList<>();
    for (NDArray tensor : tensors) {
      try (NDArray half = tensor.toType(DataType.FLOAT16, true)) {
        halves.add(half.toByteBuffer());
      }
    }
    int bytes = halves.stream().mapToInt(ByteBuffer::remaining).sum();
    ByteBuffer content =
        ByteBuffer.allocate((1 + tokens.size()) * Integer.BYTES + bytes)
            .order(ByteOrder.LITTLE_ENDIAN);
    content.putInt(tokens.size());
    for (int token : tokens) {
      content.putInt(token);
    }
    halves.forEach(content::put);
    return content.array();
  }

  /**
   * The tokens of weights as bytes.
   *
   * @throws IllegalArgumentException if there are fewer bytes than they need
   */
  public static List<Integer> tokens(byte[] bytes) {
    ByteBuffer content = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int count = bytes.length < Integer.BYTES ? -1 : content.getInt();
    if (count < 0 || count > content.remaining() / Integer.BYTES) {
      throw new IllegalArgumentException(bytes.length + " bytes do not hold " + count + " tokens");
    }
    return IntStream.range(0, count).mapToObj(i -> content.getInt()).toList();
  }

  /**
   * Weights from their bytes.
   *
   * @param manager owns the tensors
   * @param shapes of the tensors
   * @throws IllegalArgumentException if the number of bytes does not fit the shapes
   */
  public static StandInWeights decode(byte[] bytes, NDManager manager, List<Shape> shapes) {
    List<Integer> tokens = tokens(bytes);
    ByteBuffer content = ByteBuffer.wrap(bytes);
    content.position((1 + tokens.size()) * Integer.BYTES);
    long numbers = shapes.stream().mapToLong(Shape::size).sum();
    if (content.remaining() != numbers * Short.BYTES) {
      throw new IllegalArgumentException(
          "%d bytes do not fit %d tokens and %d weights"
              .formatted(bytes.length, tokens.size(), numbers));
    }
    List<NDArray> tensors = new ArrayList<>();
    for (Shape shape : shapes) {
      int size = Math.toIntExact(shape.size() * Short.BYTES);
      ByteBuffer own = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
      own.put(content.slice(content.position(), size)).flip();
      content.position(content.position() + size);
      try (NDArray half = manager.create(own, shape, DataType.FLOAT16)) {
        tensors.add(ComputeThread.run(() -> half.toType(DataType.FLOAT32, true)));
      }
    }
    return new StandInWeights(tokens, tensors);
  }
}
