package dev.bookend.grammar;

/**
 * A character whose bytes are not all there.
 *
 * @param bits what is known of it
 * @param left how many bytes are missing; 0: it is complete, or there is none
 * @param least the first character that has as many bytes
 */
record Utf8(int bits, int left, int least) {
  static final Utf8 NONE = new Utf8(0, 0, 0);

  boolean isNone() {
    return left == 0;
  }

  /** The lowest character that it can become. */
  int low() {
    return Math.max(least, bits << (6 * left));
  }

  /** The highest. */
  int high() {
    return Math.min(Character.MAX_CODE_POINT, ((bits + 1) << (6 * left)) - 1);
  }

  /** With one more byte, which may begin the next character; null: it cannot follow. */
  Utf8 next(int value) {
    Utf8 next;
    if (left > 0) {
      next =
          (value & 0xc0) == 0x80 ? new Utf8((bits << 6) | (value & 0x3f), left - 1, least) : null;
    } else if (value < 0x80) {
      next = new Utf8(value, 0, 0);
    } else if ((value & 0xe0) == 0xc0) {
      next = new Utf8(value & 0x1f, 1, 0x80);
    } else if ((value & 0xf0) == 0xe0) {
      next = new Utf8(value & 0x0f, 2, 0x800);
    } else {
      next = (value & 0xf8) == 0xf0 ? new Utf8(value & 0x07, 3, 0x10000) : null;
    }
    return next == null || next.low() > next.high() || next.isSurrogate() ? null : next;
  }

  private boolean isSurrogate() {
    return low() >= Character.MIN_SURROGATE && high() <= Character.MAX_SURROGATE;
  }
}
