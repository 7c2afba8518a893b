package dev.bookend.export;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.bookend.model.checkpoint.FloatType;
import java.util.Locale;

/**
 * Type of weights, KV cache and hidden states on the wire. Norms, rotary angles and softmax are
 * computed in FP32 at least.
 */
public enum Precision {
  FP32(FloatType.F32, DataType.FLOAT, Float.MAX_VALUE),
  FP16(FloatType.F16, DataType.FLOAT16, 65504),

  /**
   * Integer layers, for CPUs: matrices as INT8 with a scale for each row, and integer products with
   * activations of 14 bits, as the embedded cloud has them with such weights. A token's hidden
   * states do not depend on what else is in its step. Everything else, KV cache and hidden states
   * on the wire too, is FP32.
   */
  INT8(FloatType.F32, DataType.FLOAT, Float.MAX_VALUE);

  private final FloatType stored;
  private final DataType onnx;
  private final float largest;

  Precision(FloatType stored, DataType onnx, float largest) {
    this.stored = stored;
    this.onnx = onnx;
    this.largest = largest;
  }

  /** The type of everything but integer matrices. */
  FloatType stored() {
    return stored;
  }

  /** That type as Triton calls it. */
  String tensorType() {
    return stored == FloatType.F32 ? "FP32" : "FP16";
  }

  DataType onnx() {
    return onnx;
  }

  /** The largest finite number. */
  float largest() {
    return largest;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
