package dev.bookend.grammar;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** All ways to read a text so far; none: the text is wrong. Immutable. */
final class Stacks {
  /**
   * More ways are not followed. Those that are left out only take something from what may be said;
   * without a bound, a schema could be made that has exponentially many.
   */
  static final int MOST = 128;

  /** The text is wrong. */
  static final Stacks NONE = new Stacks(List.of());

  private final List<Stack> ways;
  private final int hash;

  private Stacks(List<Stack> ways) {
    this.ways = ways;
    this.hash = ways.hashCode();
  }

  static Stacks of(Stack stack) {
    return new Stacks(List.of(stack));
  }

  List<Stack> ways() {
    return ways;
  }

  int size() {
    return ways.size();
  }

  boolean isEmpty() {
    return ways.isEmpty();
  }

  boolean contains(Stack stack) {
    return ways.contains(stack);
  }

  /** About how many bytes of memory it takes, without what it shares with the one before it. */
  int bytes() {
    return ways.stream()
        .mapToInt(way -> 60 + (way.equals(Stack.END) ? 0 : way.top().bytes()))
        .sum();
  }

  /** Goes on with a byte. */
  Stacks step(int value) {
    Set<Stack> next = new LinkedHashSet<>();
    for (Stack way : ways) {
      way.step(
          value,
          stack -> {
            if (next.size() < MOST) {
              next.add(stack);
            }
          });
    }
    return next.isEmpty() ? NONE : new Stacks(List.copyOf(next));
  }

  /** Goes on with several bytes. */
  Stacks step(byte[] bytes) {
    Stacks now = this;
    for (int i = 0; i < bytes.length && !now.isEmpty(); i++) {
      now = now.step(bytes[i] & 0xff);
    }
    return now;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Stacks stacks && hash == stacks.hash && ways.equals(stacks.ways));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
