package dev.bookend.remote;

import ai.djl.util.Float16Utils;
import com.google.protobuf.ByteString;
import dev.bookend.model.contract.Contract;
import dev.bookend.remote.AlteringCloud.Alteration;
import dev.bookend.triton.proto.DataType;
import dev.bookend.triton.proto.ModelConfigResponse;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.UnaryOperator;

/** Makes hidden states travel as FP16. */
final class HalfPrecision {
  private HalfPrecision() {}

  /**
   * @param change what becomes of each number of an answer
   */
  static Alteration alteration(UnaryOperator<Float> change) {
    return new Alteration(
        UnaryOperator.identity(),
        HalfPrecision::halved,
        HalfPrecision::widened,
        answer -> halved(answer, change));
  }

  private static ModelConfigResponse halved(ModelConfigResponse response) {
    ModelConfigResponse.Builder halved = response.toBuilder();
    halved.getConfigBuilder().getInputBuilder(0).setDataType(DataType.TYPE_FP16);
    halved.getConfigBuilder().getOutputBuilder(0).setDataType(DataType.TYPE_FP16);
    return halved.build();
  }

  private static ModelInferRequest widened(ModelInferRequest request) {
    ModelInferRequest.InferInputTensor hidden = request.getInputs(0);
    if (!hidden.getName().equals(Contract.HIDDEN) || !hidden.getDatatype().equals("FP16")) {
      throw new AssertionError(hidden);
    }
    ByteBuffer halves = bytes(request.getRawInputContents(0));
    ByteBuffer floats = allocate(2 * halves.remaining());
    while (halves.hasRemaining()) {
      floats.putFloat(Float16Utils.halfToFloat(halves.getShort()));
    }
    return request.toBuilder()
        .setInputs(0, hidden.toBuilder().setDatatype("FP32"))
        .setRawInputContents(0, ByteString.copyFrom(floats.flip()))
        .build();
  }

  private static ModelStreamInferResponse halved(
      ModelStreamInferResponse message, UnaryOperator<Float> change) {
    if (!message.getErrorMessage().isEmpty()) {
      return message;
    }
    ModelInferResponse response = message.getInferResponse();
    ByteBuffer floats = bytes(response.getRawOutputContents(0));
    ByteBuffer halves = allocate(floats.remaining() / 2);
    while (floats.hasRemaining()) {
      halves.putShort(Float16Utils.floatToHalf(change.apply(floats.getFloat())));
    }
    return message.toBuilder()
        .setInferResponse(
            response.toBuilder()
                .setOutputs(0, response.getOutputs(0).toBuilder().setDatatype("FP16"))
                .setRawOutputContents(0, ByteString.copyFrom(halves.flip())))
        .build();
  }

  private static ByteBuffer bytes(ByteString content) {
    return content.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
