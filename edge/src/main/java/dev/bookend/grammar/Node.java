package dev.bookend.grammar;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a value may be at one place of a schema: the shapes that it may have. Nodes can contain each
 * other, so they are made first, then their shapes, then the levels are settled; after that they do
 * not change.
 */
final class Node {
  /** Objects and arrays are nested no deeper. */
  static final int DEEPEST = 32;

  private List<Shape> shapes = List.of();
  private int[] leasts = {};
  private int[] mosts = {};
  private int least = DEEPEST + 1;
  private int most;

  void set(List<Shape> all) {
    shapes = List.copyOf(all);
    leasts = new int[shapes.size()];
    mosts = new int[shapes.size()];
  }

  /**
   * Fewest levels of objects and arrays that a value has; above {@link #DEEPEST}: there is none.
   */
  int least() {
    return least;
  }

  /** Most levels; {@link #DEEPEST} if there is no bound. */
  int most() {
    return most;
  }

  /**
   * Corrects the numbers of levels by those of the nodes within.
   *
   * @return whether that changed anything
   */
  boolean settle() {
    Arrays.setAll(leasts, i -> Math.min(DEEPEST + 1, shapes.get(i).least()));
    Arrays.setAll(mosts, i -> Math.min(DEEPEST, shapes.get(i).most()));
    int lower = Arrays.stream(leasts).min().orElse(DEEPEST + 1);
    int upper = Arrays.stream(mosts).max().orElse(0);
    boolean changed = lower != least || upper != most;
    least = lower;
    most = upper;
    return changed;
  }

  /**
   * The place before a value.
   *
   * @param budget how many levels may still be opened; at least {@link #least}
   * @param space the white space that may come before
   */
  Frame begin(int budget, int space) {
    return new ValueFrame(this, Math.min(budget, most), space);
  }

  /** Begins a value with its first byte. */
  void step(int value, int budget, Stack rest, Consumer<Stack> next) {
    for (int i = 0; i < leasts.length; i++) {
      if (leasts[i] <= budget) {
        shapes.get(i).begin(Math.min(budget, mosts[i])).step(value, rest, next);
      }
    }
  }
}
