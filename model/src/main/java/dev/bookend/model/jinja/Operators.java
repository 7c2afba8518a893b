package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic, on numbers, strings, lists and tuples. */
final class Operators {
  private static final int MOST_BITS = 1 << 16;

  private Operators() {}

  /** A binary operator of its symbol. */
  static Object apply(String operator, Object left, Object right, Budget budget) {
    return switch (operator) {
      case "+" -> add(left, right, budget);
      case "*" -> multiply(left, right, budget);
      case "%" ->
          Types.isString(left)
              ? PercentFormat.format(Types.string(left, "%"), right, budget)
              : number(operator, left, right);
      default -> number(operator, left, right);
    };
  }

  static Object add(Object left, Object right, Budget budget) {
    if (left instanceof Markup || right instanceof Markup) {
      if (Types.isString(left) && Types.isString(right)) {
        String first = Markup.escape(left, budget).text();
        String second = Markup.escape(right, budget).text();
        budget.text((long) first.length() + second.length());
        return new Markup(first + second);
      }
    } else if (left instanceof String text && right instanceof String other) {
      budget.text((long) text.length() + other.length());
      return text + other;
    } else if (left instanceof List<?> list && right instanceof List<?> other) {
      return joined(list, other, budget);
    } else if (left instanceof Tuple tuple && right instanceof Tuple other) {
      return new Tuple(joined(tuple.items(), other.items(), budget));
    }
    return number("+", left, right);
  }

  private static List<Object> joined(List<?> left, List<?> right, Budget budget) {
    budget.items((long) left.size() + right.size());
    List<Object> joined = new ArrayList<>(left.size() + right.size());
    joined.addAll(left);
    joined.addAll(right);
    return joined;
  }

  private static Object multiply(Object left, Object right, Budget budget) {
    if (isInteger(right)) {
      int times = Math.max(0, Types.integer(right, "*"));
      if (Markup.unwrap(left) instanceof String text) {
        budget.text((long) text.length() * times);
        return text.repeat(text.isEmpty() ? 0 : times);
      } else if (left instanceof List<?> list) {
        return repeated(list, times, budget);
      } else if (left instanceof Tuple tuple) {
        return new Tuple(repeated(tuple.items(), times, budget));
      }
    } else if (isInteger(left) && !Types.isNumber(right)) {
      return multiply(right, left, budget);
    }
    return number("*", left, right);
  }

  private static List<Object> repeated(List<?> items, int times, Budget budget) {
    budget.items((long) items.size() * times);
    List<Object> repeated = new ArrayList<>();
    for (int i = 0; i < times && !items.isEmpty(); i++) {
      repeated.addAll(items);
    }
    return repeated;
  }

  static Object negative(Object value) {
    if (value instanceof Double number) {
      return -number;
    }
    if (isInteger(value)) {
      return Comparison.integer(value).negate();
    }
    throw unary("-", value);
  }

  static Object positive(Object value) {
    if (value instanceof Double) {
      return value;
    }
    if (isInteger(value)) {
      return Comparison.integer(value);
    }
    throw unary("+", value);
  }

  private static Object number(String operator, Object left, Object right) {
    if (!Types.isNumber(left) || !Types.isNumber(right)) {
      throw mismatch(operator, left, right);
    }
    if (left instanceof Double || right instanceof Double || operator.equals("/")) {
      return floats(operator, toDouble(left), toDouble(right));
    }
    return integers(operator, Comparison.integer(left), Comparison.integer(right));
  }

  private static Object integers(String operator, BigInteger left, BigInteger right) {
    return switch (operator) {
      case "+" -> bounded(left.add(right));
      case "-" -> bounded(left.subtract(right));
      case "*" -> {
        requireBits((long) left.bitLength() + right.bitLength());
        yield left.multiply(right);
      }
      case "//" -> floorDivide(left, right)[0];
      case "%" -> floorDivide(left, right)[1];
      default -> power(left, right);
    };
  }

  private static Object power(BigInteger base, BigInteger exponent) {
    if (exponent.signum() < 0) {
      return floats("**", base.doubleValue(), exponent.doubleValue());
    }
    if (base.bitLength() <= 1 && base.signum() >= 0) {
      return exponent.signum() == 0 ? BigInteger.ONE : base;
    }
    requireBits(exponent.bitLength() > 31 ? Long.MAX_VALUE : 0);
    requireBits(exponent.longValue() * base.bitLength());
    return base.pow(exponent.intValue());
  }

  /** Quotient and remainder, rounded down. */
  private static BigInteger[] floorDivide(BigInteger left, BigInteger right) {
    requireDivisor(right.signum());
    BigInteger[] result = left.divideAndRemainder(right);
    if (result[1].signum() != 0 && result[1].signum() != right.signum()) {
      result[0] = result[0].subtract(BigInteger.ONE);
      result[1] = result[1].add(right);
    }
    return result;
  }

  private static Object floats(String operator, double left, double right) {
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> {
        requireDivisor(right);
        yield left / right;
      }
      case "%" -> modulo(left, right);
      case "//" -> {
        double quotient = (left - modulo(left, right)) / right;
        double floor = Math.floor(quotient);
        double rounded = quotient - floor > 0.5 ? floor + 1 : floor;
        yield quotient == 0 ? Math.copySign(0, left / right) : rounded;
      }
      default -> {
        if (left == 0 && right < 0) {
          requireDivisor(0);
        }
        double power = Math.pow(left, right);
        if (Double.isNaN(power) && !Double.isNaN(left) && !Double.isNaN(right)) {
          throw Fault.of("a complex number");
        }
        if (Double.isInfinite(power) && Math.abs(left) <= Double.MAX_VALUE) {
          throw Fault.of("a number is too large");
        }
        yield power;
      }
    };
  }

  private static double modulo(double left, double right) {
    requireDivisor(right);
    double remainder = left % right;
    if (remainder == 0) {
      return Math.copySign(0, right);
    }
    return (remainder < 0) == (right < 0) ? remainder : remainder + right;
  }

  private static void requireDivisor(double divisor) {
    if (divisor == 0) {
      throw Fault.of("a division by zero");
    }
  }

  private static BigInteger bounded(BigInteger number) {
    requireBits(number.bitLength());
    return number;
  }

  private static void requireBits(long bits) {
    if (bits > MOST_BITS) {
      throw Fault.of("a number is too large");
    }
  }

  static double toDouble(Object number) {
    if (number instanceof Double value) {
      return value;
    }
    double value = Comparison.integer(number).doubleValue();
    if (Double.isInfinite(value)) {
      throw Fault.of("a number is too large");
    }
    return value;
  }

  static boolean isInteger(Object value) {
    return value instanceof BigInteger || value instanceof Boolean;
  }

  static Fault mismatch(String operator, Object left, Object right) {
    for (Object operand : new Object[] {left, right}) {
      if (operand instanceof Undefined undefined) {
        return undefined.fault();
      }
    }
    return Fault.of(
        "'"
            + operator
            + "' cannot be used on values of types '"
            + Types.name(left)
            + "' and '"
            + Types.name(right)
            + "'");
  }

  private static Fault unary(String operator, Object value) {
    return value instanceof Undefined undefined
        ? undefined.fault()
        : Fault.of("'" + operator + "' cannot be used on type '" + Types.name(value) + "'");
  }
}
