package dev.bookend.triton;

import dev.bookend.triton.proto.InferParameter;
import dev.bookend.triton.proto.ModelInferRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One inference. The short constructor makes the usual request; the {@code with} methods change one
 * thing.
 *
 * @param model the model's name on the server
 * @param version the model's version; empty for the server's choice
 * @param inputs its inputs
 * @param outputs names of the outputs wanted; empty for all
 * @param sequence the sequence it belongs to, for a stateful model
 * @param parameters further request parameters, such as {@code priority} or {@code timeout}
 */
public record InferRequest(
    String model,
    String version,
    List<Tensor> inputs,
    List<String> outputs,
    Optional<Sequence> sequence,
    Map<String, InferParameter> parameters) {
  public InferRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    parameters = Map.copyOf(parameters);
  }

  /** Any version, all outputs, no parameters. */
  public InferRequest(String model, List<Tensor> inputs, Optional<Sequence> sequence) {
    this(model, "", inputs, List.of(), sequence, Map.of());
  }

  public InferRequest withVersion(String wanted) {
    return new InferRequest(model, wanted, inputs, outputs, sequence, parameters);
  }

  public InferRequest withOutputs(List<String> wanted) {
    return new InferRequest(model, version, inputs, wanted, sequence, parameters);
  }

  public InferRequest withParameters(Map<String, InferParameter> further) {
    return new InferRequest(model, version, inputs, outputs, sequence, further);
  }

  ModelInferRequest toMessage(String id) {
    ModelInferRequest.Builder message =
        ModelInferRequest.newBuilder()
            .setModelName(model)
            .setModelVersion(version)
            .setId(id)
            .putAllParameters(parameters);
    for (Tensor input : inputs) {
      message
          .addInputs(
              ModelInferRequest.InferInputTensor.newBuilder()
                  .setName(input.name())
                  .setDatatype(input.type().name())
                  .addAllShape(input.shape()))
          .addRawInputContents(input.toByteString());
    }
    for (String output : outputs) {
      message.addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder().setName(output));
    }
    sequence.ifPresent(
        position ->
            message
                .putParameters(
                    "sequence_id", InferParameter.newBuilder().setInt64Param(position.id()).build())
                .putParameters("sequence_start", flag(position.start()))
                .putParameters("sequence_end", flag(position.end())));
    return message.build();
  }

  private static InferParameter flag(boolean value) {
    return InferParameter.newBuilder().setBoolParam(value).build();
  }
}
