package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bookend.triton.proto.InferParameter;
import dev.bookend.triton.proto.ModelInferRequest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InferRequestTest {
  @Test
  void messageSharesTheTensorsMemory() {
    ByteBuffer content = ByteBuffer.allocate(1 << 20);
    Tensor tensor = new Tensor("x", TensorType.UINT8, List.of(1L << 20), content);
    ModelInferRequest message =
        new InferRequest("m", List.of(tensor), Optional.empty()).toMessage("1");
    content.put(12_345, (byte) 7); // a copy would not see it
    assertEquals(7, message.getRawInputContents(0).byteAt(12_345));
    assertEquals(0, message.getInputs(0).getContents().getSerializedSize());
  }

  @Test
  void directAndReadOnlyBuffersAreCopiedOnceIntoTheMessage() {
    ByteBuffer direct = ByteBuffer.allocateDirect(4).put(0, (byte) 1);
    ByteBuffer hidden = ByteBuffer.allocate(4).put(0, (byte) 1);
    ModelInferRequest message =
        new InferRequest(
                "m",
                List.of(
                    new Tensor("direct", TensorType.UINT8, List.of(4L), direct),
                    new Tensor("hidden", TensorType.UINT8, List.of(4L), hidden.asReadOnlyBuffer())),
                Optional.empty())
            .toMessage("1");
    direct.put(0, (byte) 7);
    hidden.put(0, (byte) 7);
    assertEquals(1, message.getRawInputContents(0).byteAt(0));
    assertEquals(1, message.getRawInputContents(1).byteAt(0));
  }

  @Test
  void messageSaysAllThatTheRequestDoes() {
    Map<String, RequestParameter> parameters =
        Map.of(
            "bool", new RequestParameter.Bool(true),
            "int64", new RequestParameter.Int64(-1),
            "uint64", new RequestParameter.Uint64(1),
            "fp64", new RequestParameter.Fp64(0.5),
            "text", new RequestParameter.Text("x"));
    ModelInferRequest message =
        new InferRequest(
                "m",
                List.of(Tensor.of("x", List.of(1L, 2L), 1f, 2f)),
                Optional.of(new Sequence(-5, true, false)))
            .withVersion("3")
            .withOutputs(List.of("y"))
            .withParameters(parameters)
            .toMessage("9");
    assertEquals("m", message.getModelName());
    assertEquals("3", message.getModelVersion());
    assertEquals("9", message.getId());
    assertEquals("FP32", message.getInputs(0).getDatatype());
    assertEquals(List.of(1L, 2L), message.getInputs(0).getShapeList());
    assertEquals("y", message.getOutputs(0).getName());
    InferParameter.Builder parameter = InferParameter.newBuilder();
    assertEquals(parameter.setBoolParam(true).build(), message.getParametersOrThrow("bool"));
    assertEquals(parameter.setInt64Param(-1).build(), message.getParametersOrThrow("int64"));
    assertEquals(parameter.setUint64Param(1).build(), message.getParametersOrThrow("uint64"));
    assertEquals(parameter.setDoubleParam(0.5).build(), message.getParametersOrThrow("fp64"));
    assertEquals(parameter.setStringParam("x").build(), message.getParametersOrThrow("text"));
    assertEquals(-5, message.getParametersOrThrow("sequence_id").getInt64Param());
    assertEquals(true, message.getParametersOrThrow("sequence_start").getBoolParam());
    assertEquals(false, message.getParametersOrThrow("sequence_end").getBoolParam());
  }

  @Test
  void zeroIsNoSequence() {
    assertThrows(IllegalArgumentException.class, () -> new Sequence(0, true, false));
  }
}
