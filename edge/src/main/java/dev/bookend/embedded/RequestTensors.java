package dev.bookend.embedded;

import com.google.protobuf.ByteString;
import dev.bookend.triton.proto.ModelConfig;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The raw input tensors of a request, checked against the model's configuration as Triton does. */
final class RequestTensors {
  private final Map<String, ByteString> contents = new HashMap<>();

  private RequestTensors() {}

  /**
   * Checks the inputs.
   *
   * @throws IllegalArgumentException with Triton's text if they are not those of the model
   */
  static RequestTensors of(ModelInferRequest request, ModelConfig config) {
    String model = config.getName();
    if (request.getInputsCount() != config.getInputCount()) {
      throw new IllegalArgumentException(
          "expected "
              + config.getInputCount()
              + " inputs but got "
              + request.getInputsCount()
              + " inputs for model '"
              + model
              + "'");
    }
    if (request.getRawInputContentsCount() != request.getInputsCount()) {
      throw new IllegalArgumentException(
          "inputs of model '" + model + "' must all be given as raw_input_contents");
    }
    RequestTensors tensors = new RequestTensors();
    for (int i = 0; i < request.getInputsCount(); i++) {
      tensors.take(request.getInputs(i), request.getRawInputContents(i), config);
    }
    return tensors;
  }

  private void take(
      ModelInferRequest.InferInputTensor input, ByteString content, ModelConfig config) {
    String model = config.getName();
    ModelInput expected =
        config.getInputList().stream()
            .filter(candidate -> candidate.getName().equals(input.getName()))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "unexpected inference input '"
                            + input.getName()
                            + "' for model '"
                            + model
                            + "'"));
    String type = ModelDescription.name(expected.getDataType());
    if (!type.equals(input.getDatatype())) {
      throw new IllegalArgumentException(
          "inference input '"
              + input.getName()
              + "' data-type is '"
              + input.getDatatype()
              + "', but model '"
              + model
              + "' expects '"
              + type
              + "'");
    }
    if (!fits(input.getShapeList(), expected.getDimsList())) {
      throw new IllegalArgumentException(
          "unexpected shape for input '"
              + input.getName()
              + "' for model '"
              + model
              + "'. Expected "
              + expected.getDimsList()
              + ", got "
              + input.getShapeList());
    }
    long bytes = type.equals("BOOL") ? 1 : 4;
    for (long dimension : input.getShapeList()) {
      bytes = Math.multiplyExact(bytes, dimension);
    }
    if (bytes != content.size()) {
      throw new IllegalArgumentException(
          "unexpected total byte size "
              + content.size()
              + " for input '"
              + input.getName()
              + "', expecting "
              + bytes);
    }
    if (contents.put(input.getName(), content) != null) {
      throw new IllegalArgumentException("input '" + input.getName() + "' is given twice");
    }
  }

  private static boolean fits(List<Long> shape, List<Long> dims) {
    boolean fits = shape.size() == dims.size();
    for (int i = 0; fits && i < dims.size(); i++) {
      fits = shape.get(i) > 0 && (dims.get(i) < 0 || shape.get(i).equals(dims.get(i)));
    }
    return fits;
  }

  /** The content of an input of the model, without a copy. */
  ByteBuffer content(String name) {
    return contents.get(name).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
