package dev.bookend.triton;

import dev.bookend.triton.proto.ModelMetadataResponse;
import java.util.List;

/**
 * An input or output as a model declares it (TensorMetadata of KServe v2).
 *
 * @param name the tensor's name
 * @param datatype the element type: the name of a {@link TensorType}, such as {@code FP32}, or a
 *     name that this client does not know, where a server has further types
 * @param shape the dimensions, outermost first; -1 for one that may vary
 */
public record TensorMetadata(String name, String datatype, List<Long> shape) {
  public TensorMetadata {
    shape = List.copyOf(shape);
  }

  static TensorMetadata of(ModelMetadataResponse.TensorMetadata message) {
    return new TensorMetadata(message.getName(), message.getDatatype(), message.getShapeList());
  }
}
