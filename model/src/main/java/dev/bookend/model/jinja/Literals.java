package dev.bookend.model.jinja;

import java.util.ArrayList;
import java.util.List;

/** Expressions that write a value down. */
final class Literals {
  private Literals() {}

  record Constant(Object constant) implements Expression {
    @Override
    public Object value(Frame frame) {
      return constant;
    }
  }

  record Name(String name) implements Expression {
    @Override
    public Object value(Frame frame) {
      return frame.get(name);
    }
  }

  record ListOf(List<Expression> items) implements Expression {
    @Override
    public Object value(Frame frame) {
      return all(items, frame);
    }
  }

  record TupleOf(List<Expression> items) implements Expression {
    @Override
    public Object value(Frame frame) {
      return new Tuple(all(items, frame));
    }
  }

  record DictOf(List<Expression> keys, List<Expression> values) implements Expression {
    @Override
    public Object value(Frame frame) {
      frame.budget().items(keys.size());
      Dict.Builder dict = new Dict.Builder(frame.budget());
      for (int i = 0; i < keys.size(); i++) {
        dict.put(frame.evaluate(keys.get(i)), frame.evaluate(values.get(i)));
      }
      return dict.build();
    }
  }

  private static List<Object> all(List<Expression> expressions, Frame frame) {
    frame.budget().items(expressions.size());
    List<Object> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      values.add(frame.evaluate(expression));
    }
    return values;
  }
}
