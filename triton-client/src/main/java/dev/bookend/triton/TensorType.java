package dev.bookend.triton;

/**
 * The element types (tensor data types) of KServe v2, and {@link #BF16} of Triton, under the
 * protocol's names. All are little-endian.
 */
public enum TensorType {
  /** One byte, 1 for true and 0 for false. */
  BOOL(1),
  UINT8(1),
  UINT16(2),
  UINT32(4),
  UINT64(8),
  INT8(1),
  INT16(2),
  INT32(4),
  INT64(8),
  /** IEEE 754 half precision. */
  FP16(2),
  /** The upper 16 bits of an {@link #FP32}. */
  BF16(2),
  FP32(4),
  FP64(8),
  /** Byte strings. Before each stands its length as an unsigned number of four bytes. */
  BYTES(0);

  private final int bytes;

  TensorType(int bytes) {
    this.bytes = bytes;
  }

  /** The bytes of an element; 0 for {@link #BYTES}, whose elements differ in length. */
  public int bytes() {
    return bytes;
  }
}
