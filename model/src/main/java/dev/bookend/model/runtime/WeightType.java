package dev.bookend.model.runtime;

import dev.bookend.model.checkpoint.FloatType;

/** What a decoder's weights are held in, and what it computes in. */
public enum WeightType {
  F32(FloatType.F32),
  F16(FloatType.F16),
  BF16(FloatType.BF16),

  /**
   * Matrices as INT8 with one scale a row, and integer products, whose sums do not depend on their
   * order: a token's hidden states are the same to the last bit whatever other tokens share its
   * step. Everything else is F32. On CPUs only. The tokens are those of the model of these weights,
   * which is nearly, not exactly, the one in the file.
   */
  INT8(FloatType.F32);

  private final FloatType floats;

  WeightType(FloatType floats) {
    this.floats = floats;
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
    if (this == INT8 && shape.length == 2) {
      return shape[0] * ((shape[1] + BLOCK - 1) / BLOCK * BLOCK + SCALE_BYTES);
    }
    long numbers = 1;
    for (long size : shape) {
      numbers *= size;
    }
    return numbers * floats.bytes();
  }

  /** PyTorch's kernels hold rows in blocks of so many numbers, where processors have AVX2. */
  private static final int BLOCK = 512;

  /** A row's scale, and the sum of the row, which PyTorch keeps beside it. */
  private static final int SCALE_BYTES = Float.BYTES + Integer.BYTES;
}
