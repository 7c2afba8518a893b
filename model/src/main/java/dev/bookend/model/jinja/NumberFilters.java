package dev.bookend.model.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Set;

/** The filters that make numbers. */
record NumberFilters(Budget budget) {
  static final Set<String> NAMES = Set.of("int", "float", "abs", "round", "filesizeformat");
  private static final int MOST_DIGITS = 400;

  Object apply(String name, Object value, Arguments arguments) {
    if (value instanceof Undefined undefined && !name.equals("filesizeformat")) {
      throw undefined.fault();
    }
    return switch (name) {
      case "int" -> integer(value, arguments.bind(0, "default", "base"));
      case "float" -> {
        Object otherwise = Filters.or(arguments.bind(0, "default")[0], 0.0);
        Double parsed = real(value);
        yield parsed == null ? otherwise : parsed;
      }
      case "abs" -> {
        arguments.bind(0);
        boolean negative = !(value instanceof Double number) || number < 0 || number == 0;
        boolean positive =
            Types.isNumber(value)
                && Types.truth(value)
                && Comparison.order(value, BigInteger.ZERO, "<", budget) > 0;
        yield negative && !positive ? magnitude(value) : Operators.positive(value);
      }
      case "round" -> round(value, arguments.bind(0, "precision", "method"));
      default -> fileSize(value, Filters.flag(arguments.bind(0, "binary")[0], false));
    };
  }

  private static Object magnitude(Object value) {
    return value instanceof Double number ? (Object) Math.abs(number) : Operators.negative(value);
  }

  private Object integer(Object value, Object[] arguments) {
    Object otherwise = Filters.or(arguments[0], BigInteger.ZERO);
    int base = Filters.integer(arguments[1], 10, "int");
    if (Operators.isInteger(value)) {
      return Comparison.integer(value);
    }
    if (Markup.unwrap(value) instanceof String text) {
      budget.read(text.length());
      BigInteger parsed = Numbers.integer(text, base);
      if (parsed != null) {
        return parsed;
      }
    }
    Double number = real(value);
    if (number != null && number.isInfinite() && value instanceof Double) {
      throw Fault.of("an infinite number is no int");
    }
    return number == null || number.isNaN() || number.isInfinite()
        ? otherwise
        : new BigDecimal(number).toBigInteger();
  }

  /** Null of what is no number. */
  private Double real(Object value) {
    if (Types.isNumber(value)) {
      return Operators.toDouble(value);
    }
    if (Markup.unwrap(value) instanceof String text) {
      budget.read(text.length());
      return Numbers.real(text);
    }
    return null;
  }

  private static Object round(Object value, Object[] arguments) {
    int precision = Filters.integer(arguments[0], 0, "round");
    String method =
        arguments[1] == null ? "common" : Types.string(arguments[1], "the method of 'round'");
    if (!Types.isNumber(value)) {
      throw Fault.of("'round' needs a number, not a value of type '" + Types.name(value) + "'");
    }
    if (Math.abs(precision) > MOST_DIGITS) {
      throw Fault.of("'round' to so many digits");
    }
    switch (method) {
      case "common" -> {
        if (value instanceof Double number) {
          return rounded(number, precision);
        }
        BigInteger whole = Comparison.integer(value);
        return precision >= 0
            ? whole
            : new BigDecimal(whole).setScale(precision, RoundingMode.HALF_EVEN).toBigInteger();
      }
      case "ceil", "floor" -> {
        double power = Math.pow(10, precision);
        double scaled = Operators.toDouble(value) * power;
        return (method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)) / power;
      }
      default -> throw Fault.of("'round' knows no method but common, ceil and floor");
    }
  }

  private static double rounded(double number, int precision) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return number;
    }
    double result =
        new BigDecimal(number).setScale(precision, RoundingMode.HALF_EVEN).doubleValue();
    return Math.copySign(result, number);
  }

  private String fileSize(Object value, boolean binary) {
    Double bytes = real(value);
    if (bytes == null) {
      throw Fault.of("'filesizeformat' needs a number");
    }
    int base = binary ? 1024 : 1000;
    if (bytes == 1) {
      return "1 Byte";
    } else if (bytes < base) {
      return String.format(Locale.ROOT, "%d Bytes", bytes.longValue());
    }
    String units = "kMGTPEZY";
    double unit = base;
    int i = 0;
    while (i + 1 < units.length() && bytes >= unit * base) {
      unit *= base;
      i++;
    }
    String name = String.valueOf(units.charAt(i));
    return String.format(Locale.ROOT, "%.1f ", bytes / unit)
        + (binary ? name.toUpperCase(Locale.ROOT) + "iB" : name + "B");
  }
}
