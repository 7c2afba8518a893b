package dev.bookend.model.jinja;

import java.util.List;

/**
 * Expressions that combine others by an operator. Operators of one rank in a row are one
 * expression, so that a long row does not nest.
 */
final class Operations {
  private Operations() {}

  /** An operator and what stands to its right. */
  record Step(String operator, Expression operand) {}

  /** Arithmetic from left to right. */
  record Arithmetic(Expression first, List<Step> steps) implements Expression {
    @Override
    public Object value(Frame frame) {
      Object value = frame.evaluate(first);
      for (Step step : steps) {
        Object operand = frame.evaluate(step.operand());
        value = Operators.apply(step.operator(), value, operand, frame.budget());
      }
      return value;
    }
  }

  /** A chain of comparisons, each of neighbours; it ends at the first that does not hold. */
  record Compare(Expression first, List<Step> steps) implements Expression {
    @Override
    public Object value(Frame frame) {
      Object left = frame.evaluate(first);
      boolean holds = true;
      for (int i = 0; i < steps.size() && holds; i++) {
        Object right = frame.evaluate(steps.get(i).operand());
        holds = holds(steps.get(i).operator(), left, right, frame.budget());
        left = right;
      }
      return holds;
    }

    static boolean holds(String operator, Object left, Object right, Budget budget) {
      return switch (operator) {
        case "==" -> Comparison.equal(left, right, budget);
        case "!=" -> !Comparison.equal(left, right, budget);
        case "in" -> Comparison.contains(right, left, budget);
        case "not in" -> !Comparison.contains(right, left, budget);
        default -> {
          Integer order = Comparison.order(left, right, operator, budget);
          yield order != null
              && switch (operator) {
                case "<" -> order < 0;
                case "<=" -> order <= 0;
                case ">" -> order > 0;
                default -> order >= 0;
              };
        }
      };
    }
  }

  /** The first false value, or else the last. */
  record And(List<Expression> operands) implements Expression {
    @Override
    public Object value(Frame frame) {
      Object value = Boolean.TRUE;
      for (Expression operand : operands) {
        value = frame.evaluate(operand);
        if (!Types.truth(value)) {
          break;
        }
      }
      return value;
    }
  }

  /** The first true value, or else the last. */
  record Or(List<Expression> operands) implements Expression {
    @Override
    public Object value(Frame frame) {
      Object value = Boolean.FALSE;
      for (Expression operand : operands) {
        value = frame.evaluate(operand);
        if (Types.truth(value)) {
          break;
        }
      }
      return value;
    }
  }

  /** One of {@code not}, {@code -} and {@code +}. */
  record Unary(String operator, Expression operand) implements Expression {
    @Override
    public Object value(Frame frame) {
      Object value = frame.evaluate(operand);
      return switch (operator) {
        case "not" -> !Types.truth(value);
        case "-" -> Operators.negative(value);
        default -> Operators.positive(value);
      };
    }
  }

  /** What {@code ~} makes: all operands as text. */
  record Concatenate(List<Expression> operands) implements Expression {
    @Override
    public Object value(Frame frame) {
      StringBuilder text = new StringBuilder();
      for (Expression operand : operands) {
        text.append(Text.of(frame.evaluate(operand), frame.budget()));
        frame.budget().text(text.length());
      }
      return text.toString();
    }
  }

  /**
   * An inline {@code if}.
   *
   * @param otherwise null where there is no {@code else}
   */
  record Conditional(Expression condition, Expression then, Expression otherwise)
      implements Expression {
    @Override
    public Object value(Frame frame) {
      if (frame.truth(condition)) {
        return frame.evaluate(then);
      }
      return otherwise == null
          ? new Undefined("an inline 'if' that does not hold has no 'else'")
          : frame.evaluate(otherwise);
    }
  }
}
