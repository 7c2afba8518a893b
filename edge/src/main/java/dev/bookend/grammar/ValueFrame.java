package dev.bookend.grammar;

import java.util.function.Consumer;

/** Before a value. */
record ValueFrame(Node node, int budget, int space) implements Frame {
  @Override
  public void step(int value, Stack rest, Consumer<Stack> next) {
    int more = Space.next(space, value);
    if (more == Space.WRONG) {
      node.step(value, budget, rest, next);
    } else {
      next.accept(rest.push(new ValueFrame(node, budget, more)));
    }
  }
}
