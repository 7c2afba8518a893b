package dev.bookend.model.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/** Equality, order and membership as Python has them across types. */
final class Comparison {
  private Comparison() {}

  static boolean equal(Object leftValue, Object rightValue, Budget budget) {
    Object left = Markup.unwrap(leftValue);
    Object right = Markup.unwrap(rightValue);
    if (Types.isNumber(left) && Types.isNumber(right)) {
      Integer order = compareNumbers(left, right);
      return order != null && order == 0;
    } else if (left instanceof String text && right instanceof String other) {
      budget.read(Math.min(text.length(), other.length()));
      return text.equals(other);
    } else if (left instanceof List<?> list && right instanceof List<?> other) {
      return equalItems(list, other, budget);
    } else if (left instanceof Tuple tuple && right instanceof Tuple other) {
      return equalItems(tuple.items(), other.items(), budget);
    } else if (left instanceof Range range && right instanceof Range other) {
      return range.items().equals(other.items());
    } else if (left instanceof Dict dict && right instanceof Dict other) {
      return equalEntries(dict, other, budget);
    } else if (left instanceof Undefined) {
      return right instanceof Undefined;
    }
    return left == right;
  }

  private static boolean equalItems(List<?> left, List<?> right, Budget budget) {
    if (left.size() != right.size()) {
      return false;
    }
    budget.enter();
    boolean equal = true;
    for (int i = 0; i < left.size() && equal; i++) {
      budget.read(8);
      equal = equal(left.get(i), right.get(i), budget);
    }
    budget.leave();
    return equal;
  }

  private static boolean equalEntries(Dict left, Dict right, Budget budget) {
    if (left.size() != right.size()) {
      return false;
    }
    budget.enter();
    budget.items(left.size());
    boolean equal = true;
    for (Dict.Entry entry : left.entries()) {
      Object other = right.get(entry.key(), budget);
      equal = equal && other != null && equal(entry.value(), other, budget);
    }
    budget.leave();
    return equal;
  }

  /**
   * The sign of a comparison, or null where a number that is none takes part.
   *
   * @param operator for the error
   */
  static Integer order(Object leftValue, Object rightValue, String operator, Budget budget) {
    Object left = Markup.unwrap(leftValue);
    Object right = Markup.unwrap(rightValue);
    if (Types.isNumber(left) && Types.isNumber(right)) {
      return compareNumbers(left, right);
    } else if (left instanceof String text && right instanceof String other) {
      budget.read(Math.min(text.length(), other.length()));
      return compareText(text, other);
    } else if (left instanceof List<?> list && right instanceof List<?> other) {
      return compareItems(list, other, operator, budget);
    } else if (left instanceof Tuple tuple && right instanceof Tuple other) {
      return compareItems(tuple.items(), other.items(), operator, budget);
    }
    throw Operators.mismatch(operator, left, right);
  }

  private static Integer compareItems(List<?> left, List<?> right, String operator, Budget budget) {
    budget.enter();
    try {
      for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
        if (!equal(left.get(i), right.get(i), budget)) {
          return order(left.get(i), right.get(i), operator, budget);
        }
      }
      return Integer.compare(left.size(), right.size());
    } finally {
      budget.leave();
    }
  }

  /** By code points, where Java's own order is by UTF-16. */
  private static int compareText(String left, String right) {
    int same = 0;
    int shorter = Math.min(left.length(), right.length());
    while (same < shorter && left.charAt(same) == right.charAt(same)) {
      same++;
    }
    if (same == shorter) {
      return Integer.compare(left.length(), right.length());
    }
    if (same > 0 && Character.isHighSurrogate(left.charAt(same - 1))) {
      same--;
    }
    return Integer.compare(left.codePointAt(same), right.codePointAt(same));
  }

  private static Integer compareNumbers(Object left, Object right) {
    if (left instanceof Double a && !(Math.abs(a) <= Double.MAX_VALUE)
        || right instanceof Double b && !(Math.abs(b) <= Double.MAX_VALUE)) {
      double x = Operators.toDouble(left);
      double y = Operators.toDouble(right);
      return Double.isNaN(x) || Double.isNaN(y) ? null : Double.compare(x, y);
    }
    return decimal(left).compareTo(decimal(right));
  }

  private static BigDecimal decimal(Object number) {
    if (number instanceof Double value) {
      return new BigDecimal(value);
    }
    return new BigDecimal(integer(number));
  }

  static BigInteger integer(Object number) {
    if (number instanceof Boolean truth) {
      return truth ? BigInteger.ONE : BigInteger.ZERO;
    }
    return (BigInteger) number;
  }

  /** Python's {@code item in container}. */
  static boolean contains(Object containerValue, Object itemValue, Budget budget) {
    Object container = Markup.unwrap(containerValue);
    Object item = Markup.unwrap(itemValue);
    if (container instanceof String text) {
      return Search.indexOf(text, Types.string(item, "'in' a str"), 0, budget) >= 0;
    } else if (container instanceof Dict dict) {
      return dict.get(item, budget) != null;
    } else if (container instanceof Generator generator) {
      boolean found = false;
      while (!found && generator.iterator().hasNext()) {
        found = equal(generator.iterator().next(), item, budget);
      }
      return found;
    } else if (!Sequences.iterable(container)) {
      throw Fault.of("a value of type '" + Types.name(container) + "' cannot hold another");
    }
    for (Object element : Sequences.iterate(container, budget)) {
      budget.read(8);
      if (equal(element, item, budget)) {
        return true;
      }
    }
    return false;
  }
}
