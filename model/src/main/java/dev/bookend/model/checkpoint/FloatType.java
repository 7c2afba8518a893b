package dev.bookend.model.checkpoint;

/** The floating-point types that weights can be read as. */
public enum FloatType {
  F32(4),
  F16(2),
  BF16(2);

  private final int bytes;

  FloatType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes per element. */
  public int bytes() {
    return bytes;
  }
}
