package dev.bookend.grammar;

import java.util.function.Consumer;

/**
 * In a number of a {@link DecimalRange}.
 *
 * @param value the digits so far
 * @param count how many digits there are in the part that they end in
 */
record DecimalFrame(DecimalRange range, Part part, boolean negative, long value, int count)
    implements Frame {
  enum Part {
    BEFORE,
    BEHIND_SIGN,
    WHOLE,
    FRACTION
  }

  static Frame begin(DecimalRange range) {
    return new DecimalFrame(range, Part.BEFORE, false, 0, 0);
  }

  @Override
  public void step(int value, Stack rest, Consumer<Stack> next) {
    if (value == '-' && part == Part.BEFORE) {
      if (range.hasNegative()) {
        next.accept(rest.push(new DecimalFrame(range, Part.BEHIND_SIGN, true, 0, 0)));
      }
    } else if (value == '.' && part == Part.WHOLE) {
      if (range.hasFraction(negative, this.value, 0)) {
        next.accept(rest.push(new DecimalFrame(range, Part.FRACTION, negative, this.value, 0)));
      }
    } else if (value >= '0' && value <= '9') {
      digit(value - '0', rest, next);
    }
  }

  private void digit(int digit, Stack rest, Consumer<Stack> next) {
    long longer = 10 * value + digit;
    if (part == Part.FRACTION) {
      if (count < range.places() && range.has(negative, longer, count + 1)) {
        next.accept(rest);
      }
      if (count < range.places() && range.hasFraction(negative, longer, count + 1)) {
        next.accept(rest.push(with(Part.FRACTION, longer)));
      }
    } else if (count < range.digits() && (value != 0 || count == 0)) {
      if (range.has(negative, longer, 0)) {
        next.accept(rest);
      }
      if (range.hasFraction(negative, longer, 0) || range.hasLonger(negative, longer, count + 1)) {
        next.accept(rest.push(with(Part.WHOLE, range.representative(longer, count + 1))));
      }
    }
  }

  private DecimalFrame with(Part next, long longer) {
    return new DecimalFrame(range, next, negative, longer, count + 1);
  }
}
