package dev.bookend.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A set of code points: ranges that are in order and do not touch, each as its first and last.
 * Immutable.
 */
final class CharSet {
  static final CharSet ALL = of(0, Character.MAX_CODE_POINT);
  static final CharSet DIGIT = of('0', '9');
  static final CharSet WORD = of('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
  static final CharSet LINE_ENDS = of('\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029);

  /** White space for all engines. */
  static final CharSet SPACE = of('\t', '\r', ' ', ' ');

  /** White space for some engine. */
  static final CharSet SPACE_OF_SOME =
      SPACE.or(
          of(
              0x1c, 0x1f, 0x85, 0x85, 0xa0, 0xa0, 0x1680, 0x1680, 0x180e, 0x180e, 0x2000, 0x200b,
              0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x2060, 0x3000, 0x3000, 0xfeff, 0xfeff));

  private final int[] bounds;

  private CharSet(int[] bounds) {
    this.bounds = bounds;
  }

  /** From pairs of a first and a last character, in any order. */
  static CharSet of(int... pairs) {
    List<int[]> ranges = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      ranges.add(new int[] {pairs[i], pairs[i + 1]});
    }
    ranges.sort((a, b) -> Integer.compare(a[0], b[0]));
    int[] bounds = new int[pairs.length];
    int size = 0;
    for (int[] range : ranges) {
      if (size > 0 && range[0] <= bounds[size - 1] + 1) {
        bounds[size - 1] = Math.max(bounds[size - 1], range[1]);
      } else {
        bounds[size++] = range[0];
        bounds[size++] = range[1];
      }
    }
    return new CharSet(Arrays.copyOf(bounds, size));
  }

  CharSet or(CharSet other) {
    return union(List.of(this, other));
  }

  static CharSet union(List<CharSet> sets) {
    return of(sets.stream().flatMapToInt(set -> Arrays.stream(set.bounds)).toArray());
  }

  CharSet not() {
    List<Integer> pairs = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      if (bounds[i] > from) {
        pairs.add(from);
        pairs.add(bounds[i] - 1);
      }
      from = bounds[i + 1] + 1;
    }
    if (from <= Character.MAX_CODE_POINT) {
      pairs.add(from);
      pairs.add(Character.MAX_CODE_POINT);
    }
    return of(pairs.stream().mapToInt(Integer::intValue).toArray());
  }

  CharSet and(CharSet other) {
    int[] both = new int[bounds.length + other.bounds.length];
    int size = 0;
    for (int i = 0, j = 0; i < bounds.length && j < other.bounds.length; ) {
      int first = Math.max(bounds[i], other.bounds[j]);
      int last = Math.min(bounds[i + 1], other.bounds[j + 1]);
      if (first <= last) {
        both[size++] = first;
        both[size++] = last;
      }
      if (bounds[i + 1] < other.bounds[j + 1]) {
        i += 2;
      } else {
        j += 2;
      }
    }
    return new CharSet(Arrays.copyOf(both, size));
  }

  /** How many ranges there are. */
  int ranges() {
    return bounds.length / 2;
  }

  /** Whether some character of a range is in this. */
  boolean meets(int low, int high) {
    int from = 0;
    int to = bounds.length / 2;
    while (from < to) { // to the first range that does not end below
      int middle = (from + to) >>> 1;
      if (bounds[2 * middle + 1] < low) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return 2 * from < bounds.length && bounds[2 * from] <= high;
  }

  /** Whether no character, surrogates aside, is in this. */
  boolean isEmpty() {
    return !meets(0, Character.MIN_SURROGATE - 1)
        && !meets(Character.MAX_SURROGATE + 1, Character.MAX_CODE_POINT);
  }
}
