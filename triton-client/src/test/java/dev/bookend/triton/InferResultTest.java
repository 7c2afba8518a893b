package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.bookend.triton.proto.InferTensorContents;
import dev.bookend.triton.proto.ModelInferResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Answers that a broken or hostile server may give. */
class InferResultTest {
  private static ModelInferResponse.InferOutputTensor output(String type, Long... shape) {
    return ModelInferResponse.InferOutputTensor.newBuilder()
        .setName("y")
        .setDatatype(type)
        .addAllShape(List.of(shape))
        .build();
  }

  private static ModelInferResponse raw(int bytes, String type, Long... shape) {
    return ModelInferResponse.newBuilder()
        .addOutputs(output(type, shape))
        .addRawOutputContents(ByteString.copyFrom(new byte[bytes]))
        .build();
  }

  private static ModelInferResponse typed(
      InferTensorContents.Builder contents, String type, Long... shape) {
    return ModelInferResponse.newBuilder()
        .addOutputs(output(type, shape).toBuilder().setContents(contents))
        .build();
  }

  private static void assertMalformed(ModelInferResponse message) {
    assertThrows(IllegalArgumentException.class, () -> InferResult.of(message));
  }

  @Test
  void tensorIsAViewOfTheMessage() {
    byte[] received = new byte[8];
    ModelInferResponse message =
        ModelInferResponse.newBuilder()
            .addOutputs(output("INT32", 2L))
            .addRawOutputContents(UnsafeByteOperations.unsafeWrap(received))
            .build();
    Tensor tensor = InferResult.of(message).output("y");
    received[4] = 7; // a copy would not see it
    assertArrayEquals(new int[] {0, 7}, tensor.toInts());
  }

  @Test
  void contentsThatContradictTheShapeAreMalformed() {
    assertEquals(List.of(2L), InferResult.of(raw(8, "FP32", 2L)).output("y").shape());
    assertMalformed(raw(7, "FP32", 2L));
    assertMalformed(raw(12, "FP32", 2L));
    assertMalformed(raw(8, "FP32", -2L));
    assertMalformed(raw(8, "FP32", -1L, -2L));
    assertMalformed(raw(0, "FP32", Long.MAX_VALUE, 2L));
    assertMalformed(raw(0, "FP32", 1L << 32, 1L << 32));
    assertMalformed(raw(3, "BYTES", 1L));
  }

  @Test
  void unknownDatatypeIsMalformed() {
    assertMalformed(raw(8, "FP4", 2L));
    assertMalformed(raw(8, "", 2L));
  }

  @Test
  void someRawAndSomeNotIsMalformed() {
    assertMalformed(raw(8, "FP32", 2L).toBuilder().addOutputs(output("FP32", 2L)).build());
    assertMalformed(raw(8, "FP32", 2L).toBuilder().clearOutputs().build());
  }

  @Test
  void typedListsAreRead() {
    InferTensorContents.Builder ints = InferTensorContents.newBuilder().addIntContents(-2);
    assertArrayEquals(
        new int[] {-2}, InferResult.of(typed(ints, "INT32", 1L)).output("y").toInts());
    assertEquals(-2, InferResult.of(typed(ints, "INT8", 1L)).output("y").content().get());
    assertEquals(-2, InferResult.of(typed(ints, "INT16", 1L)).output("y").content().getShort());
    InferTensorContents.Builder floats = InferTensorContents.newBuilder().addFp32Contents(1.5f);
    assertArrayEquals(
        new float[] {1.5f}, InferResult.of(typed(floats, "FP32")).output("y").toFloats());
    InferTensorContents.Builder texts =
        InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8("é"));
    assertEquals(List.of("é"), InferResult.of(typed(texts, "BYTES", 1L)).output("y").toStrings());
    InferTensorContents.Builder bools = InferTensorContents.newBuilder().addBoolContents(true);
    assertEquals(1, InferResult.of(typed(bools, "BOOL", 1L)).output("y").content().get());
  }

  @Test
  void typedListsOfTheWrongLengthOrTypeAreMalformed() {
    InferTensorContents.Builder ints = InferTensorContents.newBuilder().addIntContents(1);
    assertMalformed(typed(ints, "INT32", 2L));
    assertMalformed(typed(ints, "INT64", 1L));
    assertMalformed(typed(ints, "FP16", 1L));
  }

  @Test
  void missingOutputIsNamed() {
    InferResult result = InferResult.of(raw(8, "FP32", 2L));
    IllegalArgumentException failure =
        assertThrows(IllegalArgumentException.class, () -> result.output("z"));
    assertEquals("the answer of model '' has no output 'z', but [y FP32[2]]", failure.getMessage());
  }
}
