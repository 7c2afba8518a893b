package dev.bookend.model.jinja;

import java.util.HashMap;
import java.util.Map;

/** Names and their values at some place of a template, within those of the places around it. */
final class Frame {
  private final Rendering rendering;
  private final Frame outer;
  private final Map<String, Object> names = new HashMap<>();

  private Frame(Rendering rendering, Frame outer) {
    this.rendering = rendering;
    this.outer = outer;
  }

  static Frame outermost(Rendering rendering) {
    return new Frame(rendering, null);
  }

  /** A place within this one; what is set there is not seen here. */
  Frame inner() {
    return new Frame(rendering, this);
  }

  Rendering rendering() {
    return rendering;
  }

  Budget budget() {
    return rendering.budget();
  }

  void set(String name, Object value) {
    names.put(name, value);
  }

  Object get(String name) {
    for (Frame frame = this; frame != null; frame = frame.outer) {
      Object value = frame.names.get(name);
      if (value != null) {
        return value;
      }
    }
    Object global = rendering.global(name);
    return global == null ? Undefined.name(name) : global;
  }

  Object evaluate(Expression expression) {
    budget().enter();
    Object value = expression.value(this);
    budget().leave();
    return value;
  }

  boolean truth(Expression expression) {
    return Types.truth(evaluate(expression));
  }
}
