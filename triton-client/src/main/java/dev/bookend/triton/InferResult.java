package dev.bookend.triton;

import com.google.protobuf.ByteString;
import dev.bookend.triton.proto.InferTensorContents;
import dev.bookend.triton.proto.ModelInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer to an inference (ModelInferResponse of KServe v2).
 *
 * @param model the name of the model that answered
 * @param version its version; empty where the server does not tell it
 * @param outputs the output tensors, in the order of the answer
 */
public record InferResult(String model, String version, List<Tensor> outputs) {
  public InferResult {
    outputs = List.copyOf(outputs);
  }

  /**
   * The output with this name.
   *
   * @throws IllegalArgumentException if the answer has no such output
   */
  public Tensor output(String name) {
    return outputs.stream()
        .filter(output -> output.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the answer of model '"
                        + model
                        + "' has no output '"
                        + name
                        + "', but "
                        + outputs));
  }

  /**
   * Reads a message. The tensors of raw contents are views of it and keep its memory alive.
   *
   * @throws IllegalArgumentException if the message contradicts itself
   */
  static InferResult of(ModelInferResponse message) {
    int raw = message.getRawOutputContentsCount();
    if (raw != 0 && raw != message.getOutputsCount()) {
      throw new IllegalArgumentException(
          "there are " + message.getOutputsCount() + " outputs, but " + raw + " raw contents");
    }
    List<Tensor> outputs = new ArrayList<>();
    for (int i = 0; i < message.getOutputsCount(); i++) {
      ModelInferResponse.InferOutputTensor output = message.getOutputs(i);
      TensorType type = type(output);
      ByteBuffer content =
          raw != 0 ? message.getRawOutputContents(i).asReadOnlyByteBuffer() : typed(output, type);
      outputs.add(new Tensor(output.getName(), type, output.getShapeList(), content));
    }
    return new InferResult(message.getModelName(), message.getModelVersion(), outputs);
  }

  private static TensorType type(ModelInferResponse.InferOutputTensor output) {
    for (TensorType type : TensorType.values()) {
      if (type.name().equals(output.getDatatype())) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "output " + output.getName() + " has the unknown datatype '" + output.getDatatype() + "'");
  }

  /** The content of a typed list, which some KServe v2 servers send in place of raw bytes. */
  private static ByteBuffer typed(ModelInferResponse.InferOutputTensor output, TensorType type) {
    InferTensorContents contents = output.getContents();
    List<?> elements = elements(contents, type);
    long bytes =
        type == TensorType.BYTES
            ? contents.getBytesContentsList().stream().mapToLong(b -> b.size() + 4L).sum()
            : (long) elements.size() * type.bytes();
    // Small numbers take fewer bytes on the wire than in memory, so the limit of the message's size
    // does not limit the size here.
    if (elements.size() != Tensor.count(output.getName(), output.getShapeList())
        || bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "output "
              + output.getName()
              + " "
              + type
              + output.getShapeList()
              + " has a list of "
              + elements.size()
              + " elements");
    }
    ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (Object element : elements) {
      put(buffer, type, element);
    }
    return buffer.flip();
  }

  private static List<?> elements(InferTensorContents contents, TensorType type) {
    return switch (type) {
      case BOOL -> contents.getBoolContentsList();
      case INT8, INT16, INT32 -> contents.getIntContentsList();
      case UINT8, UINT16, UINT32 -> contents.getUintContentsList();
      case INT64 -> contents.getInt64ContentsList();
      case UINT64 -> contents.getUint64ContentsList();
      case FP32 -> contents.getFp32ContentsList();
      case FP64 -> contents.getFp64ContentsList();
      case BYTES -> contents.getBytesContentsList();
      case FP16, BF16 ->
          throw new IllegalArgumentException("the protocol has no typed list for " + type);
    };
  }

  private static void put(ByteBuffer buffer, TensorType type, Object element) {
    if (element instanceof Boolean value) {
      buffer.put((byte) (value ? 1 : 0));
    } else if (element instanceof Float value) {
      buffer.putFloat(value);
    } else if (element instanceof Double value) {
      buffer.putDouble(value);
    } else if (element instanceof Long value) {
      buffer.putLong(value);
    } else if (element instanceof ByteString value) {
      buffer.putInt(value.size()).put(value.asReadOnlyByteBuffer());
    } else if (element instanceof Integer value) {
      switch (type.bytes()) {
        case 1 -> buffer.put(value.byteValue());
        case 2 -> buffer.putShort(value.shortValue());
        default -> buffer.putInt(value);
      }
    }
  }
}
