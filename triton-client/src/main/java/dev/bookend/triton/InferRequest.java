package dev.bookend.triton;

import dev.bookend.triton.RequestParameter.Bool;
import dev.bookend.triton.RequestParameter.Fp64;
import dev.bookend.triton.RequestParameter.Int64;
import dev.bookend.triton.RequestParameter.Text;
import dev.bookend.triton.RequestParameter.Uint64;
import dev.bookend.triton.proto.InferParameter;
import dev.bookend.triton.proto.ModelInferRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request for one inference (ModelInferRequest of KServe v2). The short constructor makes the
 * usual request; each {@code with} method returns a copy that differs in one component.
 *
 * @param model the model's name on the server
 * @param version the model's version; empty for the server's choice
 * @param inputs the input tensors
 * @param outputs the names of the outputs that the answer shall have; empty for all
 * @param sequence the sequence that the request belongs to; empty for a model without state
 *     (Triton's sequence extension)
 * @param parameters further parameters by name, such as {@code priority} or {@code timeout}; those
 *     of the sequence are added when the request is sent
 */
public record InferRequest(
    String model,
    String version,
    List<Tensor> inputs,
    List<String> outputs,
    Optional<Sequence> sequence,
    Map<String, RequestParameter> parameters) {
  public InferRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    parameters = Map.copyOf(parameters);
  }

  /** A request for the server's choice of version and all outputs, without parameters. */
  public InferRequest(String model, List<Tensor> inputs, Optional<Sequence> sequence) {
    this(model, "", inputs, List.of(), sequence, Map.of());
  }

  public InferRequest withVersion(String wanted) {
    return new InferRequest(model, wanted, inputs, outputs, sequence, parameters);
  }

  public InferRequest withOutputs(List<String> wanted) {
    return new InferRequest(model, version, inputs, wanted, sequence, parameters);
  }

  public InferRequest withParameters(Map<String, RequestParameter> further) {
    return new InferRequest(model, version, inputs, outputs, sequence, further);
  }

  ModelInferRequest toMessage(String id) {
    ModelInferRequest.Builder message =
        ModelInferRequest.newBuilder().setModelName(model).setModelVersion(version).setId(id);
    parameters.forEach((name, value) -> message.putParameters(name, parameter(value)));
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
                .putParameters("sequence_id", parameter(new Int64(position.id())))
                .putParameters("sequence_start", parameter(new Bool(position.start())))
                .putParameters("sequence_end", parameter(new Bool(position.end()))));
    return message.build();
  }

  private static InferParameter parameter(RequestParameter parameter) {
    InferParameter.Builder message = InferParameter.newBuilder();
    if (parameter instanceof Bool bool) {
      message.setBoolParam(bool.value());
    } else if (parameter instanceof Int64 number) {
      message.setInt64Param(number.value());
    } else if (parameter instanceof Uint64 number) {
      message.setUint64Param(number.value());
    } else if (parameter instanceof Fp64 number) {
      message.setDoubleParam(number.value());
    } else if (parameter instanceof Text text) {
      message.setStringParam(text.value());
    }
    return message.build();
  }
}
