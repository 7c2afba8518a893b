package dev.bookend.grammar;

import java.util.function.Consumer;

/** One way to read a text so far: the frames that it is in, the innermost first. Immutable. */
final class Stack {
  /** Of a text that is complete. */
  static final Stack END = new Stack(null, null);

  /** Stands for any frames around a frame that is looked at alone. */
  static final Stack UNKNOWN = new Stack(null, null);

  private final Frame top;
  private final Stack rest;
  private final int hash;

  private Stack(Frame top, Stack rest) {
    this.top = top;
    this.rest = rest;
    this.hash = top == null ? 0 : 31 * rest.hash + top.hashCode();
  }

  /** With a frame inside of the others. */
  Stack push(Frame frame) {
    return new Stack(frame, this);
  }

  /** With the innermost frame told the key that it waits for. */
  Stack named(String key) {
    return equals(UNKNOWN) ? this : rest.push(top.named(key));
  }

  /** The innermost frame; null of {@link #END} and {@link #UNKNOWN}. */
  Frame top() {
    return top;
  }

  void step(int value, Consumer<Stack> next) {
    if (top != null) {
      top.step(value, rest, next);
    }
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // what two stacks share need not be compared
  public boolean equals(Object other) {
    if (this == other) {
      return true;
    }
    Stack mine = this;
    if (!(other instanceof Stack theirs)) {
      return false;
    }
    while (mine != theirs) {
      if (mine.hash != theirs.hash
          || mine.top == null
          || theirs.top == null
          || !mine.top.equals(theirs.top)) {
        return false;
      }
      mine = mine.rest;
      theirs = theirs.rest;
    }
    return true;
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
