package dev.bookend.model.checkpoint;

/** The two 16-bit floating-point types: IEEE 754 binary16 and bfloat16. */
public final class HalfFloat {
  private static final float TWO_TO_112 = 0x1p112f;

  private HalfFloat() {}

  public static float fromF16(short bits) {
    int magnitude = bits & 0x7fff;
    int sign = (bits & 0x8000) << 16;
    if (magnitude >= 0x7c00) {
      return Float.intBitsToFloat(sign | 0x7f800000 | ((magnitude & 0x3ff) << 13));
    }
    // The exponent biases differ by 112; the multiplication also normalises subnormal numbers.
    float value = Float.intBitsToFloat(magnitude << 13) * TWO_TO_112;
    return Float.intBitsToFloat(sign | Float.floatToRawIntBits(value));
  }

  /** Rounds to the nearest, ties to even; what is too large becomes infinite. */
  static short toF16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude >= 0x477ff000) { // 65520: halfway from the largest number to the next
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x38800000) { // below 2^-14: counted in units of 2^-24
      return (short) (sign | (int) Math.rint(Math.abs((double) value) * 0x1p24));
    }
    return (short) (sign | (roundToEven(magnitude, 13) - (112 << 10)));
  }

  public static float fromBf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** Rounds to the nearest, ties to even. */
  public static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) roundToEven(bits, 16);
  }

  private static int roundToEven(int bits, int dropped) {
    return (bits + (1 << (dropped - 1)) - 1 + ((bits >>> dropped) & 1)) >>> dropped;
  }
}
