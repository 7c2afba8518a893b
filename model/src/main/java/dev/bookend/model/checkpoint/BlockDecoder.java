package dev.bookend.model.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/*
 * The block formats of ggml. d and m are binary16; q are unsigned unless noted.
 *
 * Q4_0   d, 16 bytes: byte i holds elements i (low nibble) and i+16:        x = d (q - 8)
 * Q4_1   d, m, 16 bytes likewise:                                           x = d q + m
 * Q5_0/1 as Q4_0/1, with 32 bits before the nibbles: bit i is bit 4 of element i; Q5_0 subtracts 16
 * Q8_0   d, 32 signed bytes:                                                x = d q
 *
 * The K formats split 256 elements into groups with a small integer scale each.
 * Q4_K   d, m, 12 bytes with a 6-bit scale s and minimum n for each of 8 groups of 32, 128 bytes:
 *        32 bytes hold two groups, in low and high nibbles:                 x = d s q - m n
 * Q5_K   the same with 32 bytes before the nibbles: bit g of byte i is bit 4 of element i of group g
 * Q6_K   128 bytes of low nibbles, 64 of upper bit pairs, 16 signed scales s for 16 elements, d:
 *                                                                           x = d s (q - 32)
 */
/** Turns stored blocks into floats. Works on plain arrays, on which the loops are fastest. */
final class BlockDecoder {
  /**
   * The numbers from -128 to 127. Where Java optimizes little, which is best for a short run,
   * looking one up takes a third of the time that converting it takes.
   */
  private static final float[] NUMBERS = new float[256];

  static {
    for (int i = 0; i < NUMBERS.length; i++) {
      NUMBERS[i] = i - 128;
    }
  }

  private BlockDecoder() {}

  /**
   * Decodes whole blocks.
   *
   * @param in the stored bytes, from index 0
   * @param elements how many elements, from index 0 of {@code out}
   */
  static void decode(StoredType type, byte[] in, int elements, float[] out) {
    int count = elements / type.blockElements();
    switch (type) {
      case F32 -> f32(in, count, out);
      case F16 -> f16(in, count, out);
      case BF16 -> bf16(in, count, out);
      case Q4_0 -> q4p0(in, count, out);
      case Q4_1 -> q4p1(in, count, out);
      case Q5_0 -> q5p0(in, count, out);
      case Q5_1 -> q5p1(in, count, out);
      case Q8_0 -> q8p0(in, count, out);
      case Q4_K -> q4k(in, count, out);
      case Q5_K -> q5k(in, count, out);
      case Q6_K -> q6k(in, count, out);
    }
  }

  private static void f32(byte[] in, int count, float[] out) {
    ByteBuffer.wrap(in).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(out, 0, count);
  }

  private static void f16(byte[] in, int count, float[] out) {
    for (int i = 0; i < count; i++) {
      out[i] = half(in, 2 * i);
    }
  }

  private static void bf16(byte[] in, int count, float[] out) {
    for (int i = 0; i < count; i++) {
      out[i] = HalfFloat.fromBf16(bits16(in, 2 * i));
    }
  }

  private static void q4p0(byte[] in, int count, float[] out) {
    for (int block = 0; block < count; block++) {
      int at = block * 18;
      float d = half(in, at);
      nibbles(in, at + 2, d, -8 * d, out, block * 32);
    }
  }

  private static void q4p1(byte[] in, int count, float[] out) {
    for (int block = 0; block < count; block++) {
      int at = block * 20;
      nibbles(in, at + 4, half(in, at), half(in, at + 2), out, block * 32);
    }
  }

  private static void nibbles(byte[] in, int at, float d, float m, float[] out, int to) {
    for (int i = 0; i < 16; i++) {
      int pair = in[at + i];
      out[to + i] = d * number(pair & 15) + m;
      out[to + i + 16] = d * number(pair >> 4 & 15) + m;
    }
  }

  private static void q5p0(byte[] in, int count, float[] out) {
    for (int block = 0; block < count; block++) {
      int at = block * 22;
      float d = half(in, at);
      fiveBits(in, at + 2, d, -16 * d, out, block * 32);
    }
  }

  private static void q5p1(byte[] in, int count, float[] out) {
    for (int block = 0; block < count; block++) {
      int at = block * 24;
      fiveBits(in, at + 4, half(in, at), half(in, at + 2), out, block * 32);
    }
  }

  private static void fiveBits(byte[] in, int at, float d, float m, float[] out, int to) {
    int high = (bits16(in, at) & 0xffff) | (bits16(in, at + 2) << 16);
    for (int i = 0; i < 16; i++) {
      int pair = in[at + 4 + i];
      out[to + i] = d * number((pair & 15) | ((high >>> i & 1) << 4)) + m;
      out[to + i + 16] = d * number((pair >> 4 & 15) | ((high >>> (i + 16) & 1) << 4)) + m;
    }
  }

  private static void q8p0(byte[] in, int count, float[] out) {
    for (int block = 0; block < count; block++) {
      int at = block * 34;
      float d = half(in, at);
      for (int i = 0; i < 32; i++) {
        out[block * 32 + i] = d * number(in[at + 2 + i]);
      }
    }
  }

  private static void q4k(byte[] in, int count, float[] out) {
    for (int block = 0; block < count; block++) {
      int at = block * 144;
      for (int group = 0; group < 8; group++) {
        float d = half(in, at) * scale(in, at + 4, group);
        float m = half(in, at + 2) * minimum(in, at + 4, group);
        int from = at + 16 + (group >> 1) * 32;
        int shift = (group & 1) * 4;
        int to = block * 256 + group * 32;
        for (int i = 0; i < 32; i++) {
          out[to + i] = d * number(in[from + i] >> shift & 15) - m;
        }
      }
    }
  }

  private static void q5k(byte[] in, int count, float[] out) {
    for (int block = 0; block < count; block++) {
      int at = block * 176;
      for (int group = 0; group < 8; group++) {
        float d = half(in, at) * scale(in, at + 4, group);
        float m = half(in, at + 2) * minimum(in, at + 4, group);
        int high = at + 16;
        int from = at + 48 + (group >> 1) * 32;
        int shift = (group & 1) * 4;
        int to = block * 256 + group * 32;
        for (int i = 0; i < 32; i++) {
          int q = (in[from + i] >> shift & 15) | ((in[high + i] >> group & 1) << 4);
          out[to + i] = d * number(q) - m;
        }
      }
    }
  }

  /** Groups 0 to 3 have 6 bits in one byte; 4 to 7 have their upper two above those. */
  private static int scale(byte[] in, int at, int group) {
    return group < 4
        ? in[at + group] & 63
        : (in[at + group + 4] & 15) | ((in[at + group - 4] >> 6 & 3) << 4);
  }

  private static int minimum(byte[] in, int at, int group) {
    return group < 4
        ? in[at + group + 4] & 63
        : (in[at + group + 4] >> 4 & 15) | ((in[at + group] >> 6 & 3) << 4);
  }

  private static void q6k(byte[] in, int count, float[] out) {
    for (int block = 0; block < count; block++) {
      int at = block * 210;
      float d = half(in, at + 208);
      // Each half of 128 elements is four quarters of 32, which share bytes: quarters 0 and 1 the
      // low nibbles of 64 bytes, 2 and 3 the high ones; quarter k bits 2k and 2k+1 of 32 bytes.
      for (int eighth = 0; eighth < 8; eighth++) {
        int half = eighth >> 2;
        int quarter = eighth & 3;
        int low = at + half * 64 + (quarter & 1) * 32;
        int lowShift = (quarter >> 1) * 4;
        int high = at + 128 + half * 32;
        int highShift = quarter * 2;
        int scales = at + 192 + eighth * 2;
        int to = block * 256 + eighth * 32;
        for (int part = 0; part < 2; part++) {
          float scale = d * in[scales + part];
          for (int i = part * 16; i < part * 16 + 16; i++) {
            int q = (in[low + i] >> lowShift & 15) | ((in[high + i] >> highShift & 3) << 4);
            out[to + i] = scale * number(q - 32);
          }
        }
      }
    }
  }

  private static float number(int number) {
    return NUMBERS[number + 128];
  }

  private static float half(byte[] in, int at) {
    return HalfFloat.fromF16(bits16(in, at));
  }

  private static short bits16(byte[] in, int at) {
    return (short) ((in[at] & 0xff) | (in[at + 1] << 8));
  }
}
