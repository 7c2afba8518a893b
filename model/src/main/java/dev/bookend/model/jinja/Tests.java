package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.List;

/** Jinja's tests, which follow {@code is}. */
record Tests(Rendering rendering) {

  /** Whether there is a test of that name. */
  static boolean exists(String name) {
    return switch (name) {
      case "defined", "undefined", "none", "boolean", "true", "false", "integer", "float" -> true;
      case "number", "string", "mapping", "iterable", "sequence", "callable", "lower" -> true;
      case "upper", "escaped", "odd", "even", "divisibleby", "sameas", "in", "filter" -> true;
      case "test" -> true;
      default -> comparison(name) != null;
    };
  }

  boolean holds(String name, Arguments arguments) {
    if (!exists(name)) {
      throw Fault.of("there is no test '" + name + "'");
    }
    Object value = arguments.positional().get(0);
    if (comparison(name) != null || List.of("in", "divisibleby", "sameas").contains(name)) {
      return holds(name, value, arguments.rest().bind(1, "other")[0]);
    }
    arguments.rest().bind(0);
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value instanceof None;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "integer" -> value instanceof BigInteger;
      case "float" -> value instanceof Double;
      case "number" -> Types.isNumber(value);
      case "string" -> Types.isString(value);
      case "mapping" -> value instanceof Dict;
      case "iterable" -> Sequences.iterable(value);
      case "sequence" ->
          Sequences.hasLength(value) && !(value instanceof DictView || value instanceof Loop);
      case "callable" -> value instanceof Callable || value instanceof Undefined;
      case "lower" -> StringMethods.isLower(text(value));
      case "upper" -> StringMethods.isUpper(text(value));
      case "escaped" -> value instanceof Markup;
      case "odd" -> remainder(value, BigInteger.TWO, BigInteger.ONE);
      case "even" -> remainder(value, BigInteger.TWO, BigInteger.ZERO);
      case "filter" -> value instanceof String filter && Filters.exists(filter);
      default -> value instanceof String test && exists(test);
    };
  }

  private boolean holds(String name, Object value, Object other) {
    return switch (name) {
      case "in" -> Comparison.contains(other, value, rendering.budget());
      case "divisibleby" -> remainder(value, other, BigInteger.ZERO);
      case "sameas" -> same(value, other);
      default -> Operations.Compare.holds(comparison(name), value, other, rendering.budget());
    };
  }

  private static boolean same(Object value, Object other) {
    return value == other
        || value.getClass() == other.getClass() && isScalar(value) && value.equals(other);
  }

  private static boolean isScalar(Object value) {
    return value instanceof String || value instanceof BigInteger || value instanceof Boolean;
  }

  private boolean remainder(Object value, Object divisor, BigInteger wanted) {
    Object remainder = Operators.apply("%", value, divisor, rendering.budget());
    return Comparison.equal(remainder, wanted, rendering.budget());
  }

  private String text(Object value) {
    String text = Text.of(value, rendering.budget());
    rendering.budget().read(2L * text.length());
    return text;
  }

  /** The operator that a test is another name of, or null. */
  private static String comparison(String name) {
    return switch (name) {
      case "eq", "equalto", "==" -> "==";
      case "ne", "!=" -> "!=";
      case "lt", "lessthan", "<" -> "<";
      case "le", "<=" -> "<=";
      case "gt", "greaterthan", ">" -> ">";
      case "ge", ">=" -> ">=";
      default -> null;
    };
  }
}
