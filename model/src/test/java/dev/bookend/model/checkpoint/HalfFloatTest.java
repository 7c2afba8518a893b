package dev.bookend.model.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class HalfFloatTest {

  @Test
  void everyBinary16NumberSurvivesTheWayToFloatAndBack() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = HalfFloat.fromF16((short) bits);
      if (Float.isNaN(value)) {
        assertTrue((bits & 0x7c00) == 0x7c00 && (bits & 0x3ff) != 0);
        assertTrue(Float.isNaN(HalfFloat.fromF16(HalfFloat.toF16(value))));
      } else {
        assertEquals((short) bits, HalfFloat.toF16(value));
        assertEquals(binary16(bits), value);
      }
    }
  }

  /** Follows the definition in IEEE 754. */
  private static double binary16(int bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 0x3ff;
    double magnitude =
        exponent == 31
            ? Double.POSITIVE_INFINITY
            : exponent == 0 ? fraction * 0x1p-24 : (1024 + fraction) * Math.pow(2, exponent - 25);
    return bits < 0x8000 ? magnitude : -magnitude;
  }

  @Property
  void binary16IsTheNearestWithTiesToEven(@ForAll short bits, @ForAll float value) {
    assertNearest(value);
    // Halfway between two neighbours.
    float low = HalfFloat.fromF16((short) (bits & 0x7bff));
    float high = HalfFloat.fromF16((short) ((bits & 0x7bff) + 1));
    if (Float.isFinite(high)) {
      assertNearest((low + high) / 2);
    }
  }

  private static void assertNearest(float value) {
    short rounded = HalfFloat.toF16(value);
    if (Math.abs(value) >= 65520) {
      assertTrue(Float.isInfinite(HalfFloat.fromF16(rounded)));
      return;
    }
    double error = Math.abs((double) HalfFloat.fromF16(rounded) - value);
    for (int neighbour : new int[] {rounded - 1, rounded + 1}) {
      float other = HalfFloat.fromF16((short) neighbour);
      double otherError = Math.abs((double) other - value);
      assertTrue(
          !Float.isFinite(other)
              || error < otherError
              || (error == otherError && (rounded & 1) == 0)
              || (other == 0 && HalfFloat.fromF16(rounded) == 0));
    }
  }

  @Property
  void bfloat16IsTheNearestWithTiesToEven(@ForAll int bits) {
    float value = Float.intBitsToFloat(bits);
    short rounded = HalfFloat.toBf16(value);
    if (Float.isNaN(value)) {
      assertTrue(Float.isNaN(HalfFloat.fromBf16(rounded)));
      return;
    }
    int below = bits & 0xffff0000;
    int tail = bits & 0xffff;
    boolean up = tail > 0x8000 || (tail == 0x8000 && (below & 0x10000) != 0);
    assertEquals((short) ((below >>> 16) + (up ? 1 : 0)), rounded);
  }
}
