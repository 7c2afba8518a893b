package dev.bookend.grammar;

import java.util.List;

/**
 * Arrays.
 *
 * @param first what the first items are
 * @param others what the items behind those are
 * @param min fewest items
 * @param max most items; {@link #UNBOUNDED}: any number
 */
record ArrayShape(List<Node> first, Node others, int min, int max) implements Shape {
  static final int UNBOUNDED = Integer.MAX_VALUE;

  @Override
  public Frame begin(int budget) {
    return new ArrayFrames.Open(this, budget);
  }

  @Override
  public int least() {
    int least = min > first.size() ? others.least() : 0;
    for (int i = 0; i < Math.min(min, first.size()); i++) {
      least = Math.max(least, first.get(i).least());
    }
    return min > max ? Node.DEEPEST + 1 : 1 + least;
  }

  @Override
  public int most() {
    int most = max > first.size() ? others.most() : 0;
    for (int i = 0; i < Math.min(max, first.size()); i++) {
      most = Math.max(most, first.get(i).most());
    }
    return 1 + most;
  }

  Node item(int index) {
    return index < first.size() ? first.get(index) : others;
  }

  /** Whether an item may follow so many others. */
  boolean offers(int count, int budget) {
    return count < max && item(count).least() < budget;
  }

  /** The number of items after one more, or a smaller one that is as good. */
  int next(int count) {
    return max == UNBOUNDED ? Math.min(count + 1, Math.max(min, first.size())) : count + 1;
  }

  // By identity: what is in it may contain it.

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
