package dev.bookend.export;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.bookend.model.checkpoint.FloatType;
import java.util.Locale;

/**
 * Type of weights, KV cache and hidden states on the wire. Norms, rotary angles and softmax are
 * always computed in FP32.
 */
public enum Precision {
  FP32(FloatType.F32, DataType.FLOAT, Float.MAX_VALUE),
  FP16(FloatType.F16, DataType.FLOAT16, 65504);

  private final FloatType stored;
  private final DataType onnx;
  private final float largest;

  Precision(FloatType stored, DataType onnx, float largest) {
    this.stored = stored;
    this.onnx = onnx;
    this.largest = largest;
  }

  FloatType stored() {
    return stored;
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
