package dev.bookend.model.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's slices of strings, lists and tuples. */
final class Slicing {
  private Slicing() {}

  static Object slice(Object owner, Object from, Object to, Object step, Budget budget) {
    if (owner instanceof Undefined undefined) {
      throw undefined.fault();
    }
    int by = step instanceof None ? 1 : Types.integer(step, "a slice");
    if (by == 0) {
      throw Fault.of("the step of a slice is zero");
    }
    if (Markup.unwrap(owner) instanceof String text) {
      return text(text, from, to, by, budget);
    }
    List<Object> items = Sequences.indexed(owner);
    if (items == null) {
      throw Fault.of("a slice of a value of type '" + Types.name(owner) + "'");
    }
    int[] bounds = bounds(items.size(), from, to, by);
    if (owner instanceof Range range) {
      return new Range(
          range.start() + bounds[0] * range.step(),
          range.start() + bounds[1] * range.step(),
          range.step() * by);
    }
    budget.items(count(bounds, by));
    List<Object> slice = new ArrayList<>();
    for (long i = bounds[0]; by > 0 ? i < bounds[1] : i > bounds[1]; i += by) {
      slice.add(items.get((int) i));
    }
    return owner instanceof Tuple ? new Tuple(slice) : slice;
  }

  private static String text(String text, Object from, Object to, int by, Budget budget) {
    int length = text.codePointCount(0, text.length());
    budget.read(text.length());
    int[] bounds = bounds(length, from, to, by);
    if (by == 1) {
      if (bounds[0] >= bounds[1]) {
        return "";
      }
      int begin = text.offsetByCodePoints(0, bounds[0]);
      int end = text.offsetByCodePoints(begin, bounds[1] - bounds[0]);
      budget.text(end - begin);
      return text.substring(begin, end);
    }
    budget.text(2L * text.length());
    int[] points = text.codePoints().toArray();
    StringBuilder slice = new StringBuilder();
    for (long i = bounds[0]; by > 0 ? i < bounds[1] : i > bounds[1]; i += by) {
      slice.appendCodePoint(points[(int) i]);
    }
    return slice.toString();
  }

  /** Where a slice begins and ends; with a negative step the end is the lower one. */
  private static int[] bounds(int length, Object from, Object to, int by) {
    int lowest = by > 0 ? 0 : -1;
    int highest = by > 0 ? length : length - 1;
    int begin = from instanceof None ? (by > 0 ? lowest : highest) : bound(from, length, by);
    int end = to instanceof None ? (by > 0 ? highest : lowest) : bound(to, length, by);
    return new int[] {begin, end};
  }

  private static int bound(Object value, int length, int by) {
    int index = Types.integer(value, "a slice");
    if (index < 0) {
      return Math.max(index + length, by > 0 ? 0 : -1);
    }
    return Math.min(index, by > 0 ? length : length - 1);
  }

  private static long count(int[] bounds, int by) {
    long span = by > 0 ? (long) bounds[1] - bounds[0] : (long) bounds[0] - bounds[1];
    return span <= 0 ? 0 : (span - 1) / Math.abs((long) by) + 1;
  }
}
