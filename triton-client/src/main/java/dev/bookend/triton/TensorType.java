package dev.bookend.triton;

/** Element types of the KServe v2 protocol; the names are the protocol's. */
public enum TensorType {
  BOOL(1),
  UINT8(1),
  UINT16(2),
  UINT32(4),
  UINT64(8),
  INT8(1),
  INT16(2),
  INT32(4),
  INT64(8),
  FP16(2),
  BF16(2),
  FP32(4),
  FP64(8),
  /** Byte strings, each led by its length as four little-endian bytes. */
  BYTES(0);

  private final int bytes;

  TensorType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes per element; 0 for {@link #BYTES}, whose elements differ in length. */
  public int bytes() {
    return bytes;
  }
}
