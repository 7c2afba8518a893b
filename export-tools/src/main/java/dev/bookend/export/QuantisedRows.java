package dev.bookend.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Rows of a matrix as INT8. Each row is divided by a scale of its own, so that its largest number
 * becomes 127 or -127, and rounded.
 *
 * @param values INT8, row by row
 * @param scales the scale of each row, FP32 in little-endian order
 */
record QuantisedRows(ByteBuffer values, ByteBuffer scales) {
  private static final int LARGEST = 127;

  /**
   * Quantises.
   *
   * @param matrix FP32 in native order
   */
  static QuantisedRows of(ByteBuffer matrix, int rows) {
    FloatBuffer numbers = matrix.asFloatBuffer();
    float[] row = new float[numbers.remaining() / rows];
    ByteBuffer values = ByteBuffer.allocate(rows * row.length);
    ByteBuffer scales = ByteBuffer.allocate(rows * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (numbers.hasRemaining()) {
      numbers.get(row);
      float largest = 0;
      for (float number : row) {
        largest = Math.max(largest, Math.abs(number));
      }
      float scale = largest == 0 ? 1 : largest / LARGEST;
      scales.putFloat(scale);
      for (float number : row) {
        values.put((byte) Math.rint(number / scale));
      }
    }
    return new QuantisedRows(values.flip(), scales.flip());
  }
}
