package dev.bookend.grammar;

import java.util.function.Consumer;

/** In one of some texts. */
record LiteralFrame(ByteTrie node) implements Frame {
  @Override
  public void step(int value, Stack rest, Consumer<Stack> next) {
    ByteTrie child = node.child(value);
    if (child == null) {
      return;
    }
    if (child.isComplete()) {
      next.accept(rest);
    }
    if (!child.isLeaf()) {
      next.accept(rest.push(new LiteralFrame(child)));
    }
  }
}
