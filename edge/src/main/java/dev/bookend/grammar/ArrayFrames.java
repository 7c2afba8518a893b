package dev.bookend.grammar;

import java.util.function.Consumer;

/**
 * Places in an array. In all of them, {@code budget} is how many levels may still be opened, this
 * array's included, and {@code count} the number of items so far.
 */
final class ArrayFrames {
  private ArrayFrames() {}

  /** Before the bracket. */
  record Open(ArrayShape shape, int budget) implements Frame {
    @Override
    public void step(int value, Stack rest, Consumer<Stack> next) {
      if (value == '[') {
        next.accept(rest.push(new BeforeItem(shape, budget, 0, true, Space.FRESH)));
      }
    }
  }

  /**
   * Before an item.
   *
   * @param first whether this is behind the bracket, not behind a comma
   */
  record BeforeItem(ArrayShape shape, int budget, int count, boolean first, int space)
      implements Frame {
    @Override
    public void step(int value, Stack rest, Consumer<Stack> next) {
      int more = Space.next(space, value);
      if (more != Space.WRONG) {
        next.accept(rest.push(new BeforeItem(shape, budget, count, first, more)));
      } else if (value == ']' && first) {
        if (shape.min() == 0) {
          next.accept(rest);
        }
      } else if (shape.offers(count, budget)) {
        Stack behind = rest.push(new BehindItem(shape, budget, shape.next(count), Space.FRESH));
        shape.item(count).begin(budget - 1, Space.OVER).step(value, behind, next);
      }
    }
  }

  /** Behind an item. */
  record BehindItem(ArrayShape shape, int budget, int count, int space) implements Frame {
    @Override
    public void step(int value, Stack rest, Consumer<Stack> next) {
      if (value == ',' && space == Space.FRESH && shape.offers(count, budget)) {
        next.accept(rest.push(new BeforeItem(shape, budget, count, false, Space.FRESH)));
      } else if (count >= shape.min()) {
        int more = Space.next(space, value);
        if (value == ']') {
          next.accept(rest);
        } else if (more != Space.WRONG) {
          next.accept(rest.push(new BehindItem(shape, budget, count, more)));
        }
      }
    }
  }
}
