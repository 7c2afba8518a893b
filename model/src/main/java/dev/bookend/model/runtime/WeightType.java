package dev.bookend.model.runtime;

import dev.bookend.model.checkpoint.FloatType;

/** What a decoder's weights are held in, and what it computes in. */
public enum WeightType {
  F32(FloatType.F32, Float.BYTES),
  F16(FloatType.F16, Short.BYTES),
  BF16(FloatType.BF16, Short.BYTES),

  /**
   * Matrices as INT8 with one scale a row, and integer products, whose sums do not depend on their
   * order: a token's hidden states are the same to the last bit whatever other tokens share its
   * step. Everything else is F32. On CPUs only. The tokens are those of the model of these weights,
   * which is nearly, not exactly, the one in the file.
   */
  INT8(FloatType.F32, Byte.BYTES);

  private final FloatType floats;
  private final int matrixBytes;

  WeightType(FloatType floats, int matrixBytes) {
    this.floats = floats;
    this.matrixBytes = matrixBytes;
  }

  /** The type of vectors, of what is computed between matrices, and of the KV cache. */
  public FloatType floats() {
    return floats;
  }

  /**
   * Bytes of memory for a tensor.
   *
   * @param shape outermost dimension first
   */
  public long bytes(long[] shape) {
    long numbers = 1;
    for (long size : shape) {
      numbers *= size;
    }
    return this != INT8 || shape.length < 2
        ? numbers * floats.bytes()
        : numbers * matrixBytes + shape[0] * SCALE_BYTES;
  }

  /** A row's scale, and the sum of the row, which PyTorch keeps beside it. */
  private static final int SCALE_BYTES = Float.BYTES + Integer.BYTES;
}
