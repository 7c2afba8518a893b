package dev.bookend.triton;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.bookend.triton.proto.InferParameter;
import dev.bookend.triton.proto.ModelInferRequest;
import java.util.List;
import java.util.Optional;

/**
 * One inference.
 *
 * @param model the model's name on the server
 * @param inputs its inputs
 * @param sequence the sequence it belongs to, for a stateful model
 */
public record InferRequest(String model, List<Tensor> inputs, Optional<Sequence> sequence) {
  public InferRequest {
    inputs = List.copyOf(inputs);
  }

  ModelInferRequest toMessage(String id) {
    ModelInferRequest.Builder message =
        ModelInferRequest.newBuilder().setModelName(model).setId(id);
    for (Tensor input : inputs) {
      message
          .addInputs(
              ModelInferRequest.InferInputTensor.newBuilder()
                  .setName(input.name())
                  .setDatatype(input.type().name())
                  .addAllShape(input.shape()))
          .addRawInputContents(wrap(input));
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

  /** Without a copy; a {@link Tensor} promises that its content stays as it is. */
  private static ByteString wrap(Tensor tensor) {
    return UnsafeByteOperations.unsafeWrap(tensor.content());
  }

  private static InferParameter flag(boolean value) {
    return InferParameter.newBuilder().setBoolParam(value).build();
  }
}
