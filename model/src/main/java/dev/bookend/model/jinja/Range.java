package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.AbstractList;
import java.util.List;

/** Python's {@code range}, of at most 100,000 numbers, as jinja2's sandbox has it. */
record Range(long start, long stop, long step) {
  private static final long LONGEST = 100_000;

  Range {
    if (step == 0) {
      throw Fault.of("range() with a step of zero");
    }
    if (length(start, stop, step) > LONGEST) {
      throw Fault.of("a range of more than " + LONGEST + " numbers");
    }
  }

  private static long length(long start, long stop, long step) {
    long span = step > 0 ? Math.subtractExact(stop, start) : Math.subtractExact(start, stop);
    return span <= 0 ? 0 : (span - 1) / Math.abs(step) + 1;
  }

  /** The numbers, made when they are asked for. */
  List<Object> items() {
    int size = (int) length(start, stop, step);
    return new AbstractList<>() {
      @Override
      public Object get(int index) {
        return BigInteger.valueOf(start + index * step);
      }

      @Override
      public int size() {
        return size;
      }
    };
  }
}
