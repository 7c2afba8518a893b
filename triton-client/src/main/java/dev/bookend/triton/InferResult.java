package dev.bookend.triton;

import com.google.protobuf.ByteString;
import dev.bookend.triton.proto.InferTensorContents;
import dev.bookend.triton.proto.ModelInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The answer to an inference. */
public record InferResult(String model, String version, List<Tensor> outputs) {
  public InferResult {
    outputs = List.copyOf(outputs);
  }

  /**
   * An output by name.
   *
   * @throws IllegalArgumentException if the answer has none
   */
  public Tensor output(String name) {
    return outputs.stream()
        .filter(output -> output.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "model " + model + " gave " + outputs + ", but no output '" + name + "'"));
  }

  /** The tensors are views of the message: its memory lives as long as they do. */
  static InferResult of(ModelInferResponse message) {
    List<Tensor> outputs = new ArrayList<>();
    for (int i = 0; i < message.getOutputsCount(); i++) {
      ModelInferResponse.InferOutputTensor output = message.getOutputs(i);
      TensorType type = TensorType.valueOf(output.getDatatype());
      ByteString raw =
          i < message.getRawOutputContentsCount() ? message.getRawOutputContents(i) : null;
      ByteBuffer content =
          raw != null ? raw.asReadOnlyByteBuffer() : typed(type, output.getContents());
      outputs.add(new Tensor(output.getName(), type, output.getShapeList(), content));
    }
    return new InferResult(message.getModelName(), message.getModelVersion(), outputs);
  }

  /** Some KServe servers answer with typed lists in place of raw bytes. */
  private static ByteBuffer typed(TensorType type, InferTensorContents contents) {
    ByteBuffer buffer =
        ByteBuffer.allocate(contents.getSerializedSize() * 2 * Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    switch (type) {
      case FP32 -> contents.getFp32ContentsList().forEach(buffer::putFloat);
      case FP64 -> contents.getFp64ContentsList().forEach(buffer::putDouble);
      case INT32 -> contents.getIntContentsList().forEach(buffer::putInt);
      case UINT32 -> contents.getUintContentsList().forEach(buffer::putInt);
      case INT64 -> contents.getInt64ContentsList().forEach(buffer::putLong);
      case UINT64 -> contents.getUint64ContentsList().forEach(buffer::putLong);
      case BOOL -> contents.getBoolContentsList().forEach(b -> buffer.put((byte) (b ? 1 : 0)));
      case INT8 -> contents.getIntContentsList().forEach(i -> buffer.put(i.byteValue()));
      case INT16 -> contents.getIntContentsList().forEach(i -> buffer.putShort(i.shortValue()));
      case UINT8 -> contents.getUintContentsList().forEach(i -> buffer.put(i.byteValue()));
      case UINT16 -> contents.getUintContentsList().forEach(i -> buffer.putShort(i.shortValue()));
      case FP16, BF16 -> throw new IllegalArgumentException(type + " has no typed form");
    }
    return buffer.flip();
  }
}
