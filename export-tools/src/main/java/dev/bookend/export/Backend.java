package dev.bookend.export;

import java.util.Locale;

/** What computes the middle layers inside Triton. */
public enum Backend {
  /** Triton's ONNX Runtime backend; Triton keeps the KV cache as implicit state. */
  ONNXRUNTIME,

  /**
   * Triton's TensorRT backend, on an engine that is built on the server's GPU; Triton keeps the KV
   * cache as implicit state.
   */
  TENSORRT,

  /**
   * Triton's Python backend: ONNX Runtime in a small script that keeps the KV cache in place,
   * instead of Triton copying it in every step.
   */
  PYTHON;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
