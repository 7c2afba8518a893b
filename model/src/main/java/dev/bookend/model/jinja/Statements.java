package dev.bookend.model.jinja;

import java.util.List;

/** All kinds of statements but loops and macros. */
final class Statements {
  private Statements() {}

  /** Text between tags. */
  record Data(String text) implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      return print(text, frame, out);
    }
  }

  /** <code>{{ expression }}</code>. */
  record Print(Expression expression) implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      return print(Text.of(frame.evaluate(expression), frame.budget()), frame, out);
    }
  }

  /** A condition of an {@code if} and what it guards. */
  record Branch(Expression condition, Body body) {}

  /** {@code if} with its {@code elif} and {@code else}. */
  record If(List<Branch> branches, Body otherwise) implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      for (Branch branch : branches) {
        if (frame.truth(branch.condition())) {
          return branch.body().run(frame, out);
        }
      }
      return otherwise.run(frame, out);
    }
  }

  /** {@code set target = value}. */
  record Set(Target target, Expression value) implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      target.assign(frame.evaluate(value), frame);
      return Flow.NEXT;
    }
  }

  /**
   * {@code set target} with a block.
   *
   * @param filters what the block's text goes through
   */
  record SetBlock(Target target, List<Calls.Filter> filters, Body body) implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      target.assign(filtered(filters, body, frame), frame);
      return Flow.NEXT;
    }
  }

  /** {@code filter} with a block. */
  record FilterBlock(List<Calls.Filter> filters, Body body) implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      return print(Text.of(filtered(filters, body, frame), frame.budget()), frame, out);
    }
  }

  /** {@code with}: names for a block alone. */
  record With(List<Target> targets, List<Expression> values, Body body) implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      Frame inner = frame.inner();
      for (int i = 0; i < targets.size(); i++) {
        // The values do not see each other.
        targets.get(i).assign(frame.evaluate(values.get(i)), inner);
      }
      return body.run(inner, out);
    }
  }

  /** The {@code generation} block, which marks what the model has said. */
  record Generation(Body body) implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      return body.run(frame.inner(), out);
    }
  }

  /** {@code break} and {@code continue}. */
  record Jump(Flow flow) implements Statement {
    @Override
    public Flow execute(Frame frame, StringBuilder out) {
      return flow;
    }
  }

  private static Object filtered(List<Calls.Filter> filters, Body body, Frame frame) {
    Object value = body.text(frame.inner());
    for (Calls.Filter filter : filters) {
      value = filter.apply(value, frame);
    }
    return value;
  }

  static Statement.Flow print(String text, Frame frame, StringBuilder out) {
    frame.budget().text(text.length());
    frame.rendering().requireRoom(out.length() + (long) text.length());
    out.append(text);
    return Statement.Flow.NEXT;
  }
}
