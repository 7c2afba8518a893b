package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.List;

/** Python's names for the types of values, and their truth. */
final class Types {
  private Types() {}

  static String name(Object value) {
    if (value instanceof String) {
      return "str";
    } else if (value instanceof Boolean) {
      return "bool";
    } else if (value instanceof BigInteger) {
      return "int";
    } else if (value instanceof Double) {
      return "float";
    } else if (value instanceof List) {
      return "list";
    } else if (value instanceof None) {
      return "NoneType";
    } else if (value instanceof DictView view) {
      return view.typeName();
    } else if (value instanceof Callable) {
      return "function";
    }
    return value.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
  }

  /** What an {@code if} makes of a value. */
  static boolean truth(Object value) {
    if (value instanceof Boolean truth) {
      return truth;
    } else if (value instanceof String text) {
      return !text.isEmpty();
    } else if (value instanceof Markup markup) {
      return !markup.text().isEmpty();
    } else if (value instanceof BigInteger number) {
      return number.signum() != 0;
    } else if (value instanceof Double number) {
      return number != 0;
    } else if (value instanceof None || value instanceof Undefined) {
      return false;
    }
    return !Sequences.hasLength(value) || Sequences.length(value) > 0;
  }

  static boolean isString(Object value) {
    return value instanceof String || value instanceof Markup;
  }

  static boolean isNumber(Object value) {
    return value instanceof BigInteger || value instanceof Double || value instanceof Boolean;
  }

  /** The string, or an error that says what it was wanted for. */
  static String string(Object value, String use) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (Markup.unwrap(value) instanceof String text) {
      return text;
    }
    throw Fault.of(use + " needs a str, not a value of type '" + name(value) + "'");
  }

  /** The integer, or an error that says what it was wanted for. */
  static int integer(Object value, String use) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (value instanceof Boolean truth) {
      return truth ? 1 : 0;
    }
    if (!(value instanceof BigInteger number)) {
      throw Fault.of(use + " needs an int, not a value of type '" + name(value) + "'");
    }
    // Beyond any length there is, so that all that is cut off makes no difference.
    return number.bitLength() < Integer.SIZE
        ? number.intValue()
        : number.signum() < 0 ? -Integer.MAX_VALUE : Integer.MAX_VALUE;
  }
}
