package dev.bookend.grammar;

import java.math.BigInteger;

/**
 * The decimal numbers between two bounds, both included, that are multiples of a step. All three
 * are counted in units of the last decimal place.
 *
 * @param places most digits behind the point
 * @param digits most digits before it; both together are at most 18, so that all fits a long
 */
record DecimalRange(long low, long high, long step, int places, int digits) {
  private static final long[] POWERS = new long[19];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = 10 * POWERS[i - 1];
    }
  }

  /** Of numbers that may be larger, the range of those that have so many digits. */
  static DecimalRange of(BigInteger low, BigInteger high, BigInteger step, int places, int digits) {
    long most = POWERS[places + digits];
    BigInteger bound = BigInteger.valueOf(most - 1);
    return new DecimalRange(
        low.max(bound.negate()).min(BigInteger.valueOf(most)).longValue(),
        high.min(bound).max(BigInteger.valueOf(-most)).longValue(),
        step.min(BigInteger.valueOf(most)).longValue(),
        places,
        digits);
  }

  boolean isEmpty() {
    return !exists(false, 0, POWERS[places + digits]) && !hasNegative();
  }

  boolean hasNegative() {
    return exists(true, 0, POWERS[places + digits]);
  }

  /** Whether a number is there, given by its digits, of which some are behind the point. */
  boolean has(boolean negative, long value, int behind) {
    long units = value * POWERS[places - behind];
    return exists(negative, units, units);
  }

  /** Whether there is a number that has these digits and at least one more behind the point. */
  boolean hasFraction(boolean negative, long value, int behind) {
    long unit = POWERS[places - behind];
    return behind < places && exists(negative, value * unit, value * unit + unit - 1);
  }

  /** Whether there is a number that has these digits and more before the point. */
  boolean hasLonger(boolean negative, long value, int count) {
    for (int more = 1; value != 0 && count + more <= digits; more++) {
      long unit = POWERS[places + more];
      if (exists(negative, value * unit, value * unit + unit - 1)) {
        return true;
      }
    }
    return false;
  }

  /** Digits that go on in the same ways; the same for many where all numbers are in the range. */
  long representative(long value, int count) {
    long most = POWERS[places + digits] - 1;
    boolean all = step == 1 && low == -most && high == most;
    return !all || value == 0 ? value : POWERS[count - 1];
  }

  /** Whether some number of these absolute values is in the range. There is no negative zero. */
  private boolean exists(boolean negative, long from, long to) {
    long least = Math.max(from, negative ? Math.max(1, -high) : Math.max(0, low));
    long most = Math.min(to, negative ? -low : high);
    long first = (least + step - 1) / step * step;
    return first <= most;
  }
}
