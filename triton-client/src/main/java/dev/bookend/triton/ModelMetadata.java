package dev.bookend.triton;

import dev.bookend.triton.proto.ModelMetadataResponse;
import java.util.List;

/**
 * What a server says of a model (ModelMetadata of KServe v2).
 *
 * @param name the model's name
 * @param versions the versions that the server offers; empty where it has none
 * @param platform the framework or backend, for example {@code onnxruntime_onnx}
 * @param inputs the tensors that a request may carry
 * @param outputs the tensors that an answer may carry
 */
public record ModelMetadata(
    String name,
    List<String> versions,
    String platform,
    List<TensorMetadata> inputs,
    List<TensorMetadata> outputs) {
  public ModelMetadata {
    versions = List.copyOf(versions);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  static ModelMetadata of(ModelMetadataResponse message) {
    return new ModelMetadata(
        message.getName(),
        message.getVersionsList(),
        message.getPlatform(),
        message.getInputsList().stream().map(TensorMetadata::of).toList(),
        message.getOutputsList().stream().map(TensorMetadata::of).toList());
  }
}
