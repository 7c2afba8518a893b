package dev.bookend.model.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Expressions that reach into a value or apply something to it. */
final class Calls {
  private Calls() {}

  /** {@code owner.name}. */
  record Attribute(Expression owner, String name) implements Expression {
    @Override
    public Object value(Frame frame) {
      return Access.attribute(frame.evaluate(owner), name, frame.rendering());
    }
  }

  /** {@code owner[key]}. */
  record Element(Expression owner, Expression key) implements Expression {
    @Override
    public Object value(Frame frame) {
      return Access.element(frame.evaluate(owner), frame.evaluate(key), frame.rendering());
    }
  }

  /** {@code owner[from:to:step]}; what is left out is null. */
  record Slice(Expression owner, Expression from, Expression to, Expression step)
      implements Expression {
    @Override
    public Object value(Frame frame) {
      return Slicing.slice(
          frame.evaluate(owner),
          bound(from, frame),
          bound(to, frame),
          bound(step, frame),
          frame.budget());
    }

    private static Object bound(Expression bound, Frame frame) {
      return bound == null ? None.NONE : frame.evaluate(bound);
    }
  }

  /**
   * What stands in the parentheses of a call.
   *
   * @param list null, or what follows a {@code *}
   * @param dict null, or what follows a {@code **}
   */
  record Parameters(
      List<Expression> positional,
      Map<String, Expression> named,
      Expression list,
      Expression dict) {
    static final Parameters NONE = new Parameters(List.of(), Map.of(), null, null);

    /** Their values, after those that come first. */
    Arguments arguments(Frame frame, Object... first) {
      frame.budget().items(positional.size() + named.size());
      List<Object> values = new ArrayList<>(List.of(first));
      positional.forEach(expression -> values.add(frame.evaluate(expression)));
      Map<String, Object> byName = new LinkedHashMap<>();
      named.forEach((name, expression) -> byName.put(name, frame.evaluate(expression)));
      if (list != null) {
        values.addAll(Sequences.iterate(frame.evaluate(list), frame.budget()));
      }
      if (dict != null) {
        if (!(frame.evaluate(dict) instanceof Dict more)) {
          throw Fault.of("'**' needs a dict");
        }
        for (Dict.Entry entry : more.entries()) {
          String name = Types.string(entry.key(), "the name of an argument");
          if (byName.put(name, entry.value()) != null) {
            throw Fault.of("the argument '" + name + "' is given twice");
          }
        }
      }
      return new Arguments(values, byName);
    }
  }

  /** A call of a function, method or macro. */
  record Call(Expression function, Parameters parameters) implements Expression {
    @Override
    public Object value(Frame frame) {
      return call(frame, parameters.arguments(frame));
    }

    Object call(Frame frame, Arguments arguments) {
      Object callee = frame.evaluate(function);
      if (callee instanceof Callable callable) {
        return callable.call(arguments);
      }
      if (callee instanceof Undefined undefined) {
        throw undefined.fault();
      }
      throw Fault.of("a value of type '" + Types.name(callee) + "' cannot be called");
    }
  }

  /**
   * {@code input | name(parameters)}.
   *
   * @param input null where the filter is to be applied to a block's text
   */
  record Filter(Expression input, String name, Parameters parameters) implements Expression {
    @Override
    public Object value(Frame frame) {
      return apply(frame.evaluate(input), frame);
    }

    Object apply(Object value, Frame frame) {
      return frame.rendering().filter(name, parameters.arguments(frame, value));
    }
  }

  /** {@code input is name(parameters)}. */
  record Test(Expression input, String name, Parameters parameters) implements Expression {
    @Override
    public Object value(Frame frame) {
      Object value = frame.evaluate(input);
      return frame.rendering().test(name, parameters.arguments(frame, value));
    }
  }
}
