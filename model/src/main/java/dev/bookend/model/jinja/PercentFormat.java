package dev.bookend.model.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/** Python's {@code %} on strings. */
final class PercentFormat {
  private final String format;
  private final Object values;
  private final List<Object> items;
  private final Budget budget;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int next;

  private PercentFormat(String format, Object values, Budget budget) {
    this.format = format;
    this.values = values;
    this.budget = budget;
    items = values instanceof Tuple tuple ? tuple.items() : List.of(values);
  }

  static String format(String format, Object values, Budget budget) {
    return new PercentFormat(format, values, budget).format();
  }

  private String format() {
    while (at < format.length()) {
      char character = format.charAt(at++);
      if (character != '%') {
        out.append(character);
      } else if (at < format.length() && format.charAt(at) == '%') {
        out.append('%');
        at++;
      } else {
        String text = directive();
        budget.text(text.length());
        out.append(text);
      }
    }
    boolean spare = values instanceof Dict || values instanceof List || values instanceof Undefined;
    if (next < items.size() && !spare) {
      throw Fault.of("'%' has more values than its text has places");
    }
    budget.text(out.length());
    return out.toString();
  }

  private char peek() {
    if (at >= format.length()) {
      throw Fault.of("'%' at the end of a format");
    }
    return format.charAt(at);
  }

  private String directive() {
    Object named = null;
    if (peek() == '(') {
      int end = format.indexOf(')', at);
      if (end < 0 || !(values instanceof Dict dict)) {
        throw Fault.of("'%' with a name needs a dict");
      }
      named = dict.get(format.substring(at + 1, end), budget);
      if (named == null) {
        throw Fault.of("'%' names a value that is not there");
      }
      at = end + 1;
    }
    StringBuilder flags = new StringBuilder();
    while ("#0- +".indexOf(peek()) >= 0) {
      flags.append(format.charAt(at++));
    }
    int width = number();
    int precision = -1;
    if (peek() == '.') {
      at++;
      precision = Math.max(0, number());
    }
    while ("hlL".indexOf(peek()) >= 0) {
      at++;
    }
    char type = format.charAt(at++);
    if (type == '%') {
      return "%";
    }
    Object value = named == null ? value() : named;
    return write(value, flags.toString(), width, precision, type);
  }

  private int number() {
    if (peek() == '*') {
      at++;
      return Math.min(Types.integer(value(), "'%'"), FormatSpec.MOST);
    }
    int start = at;
    while (Character.isDigit(peek())) {
      at++;
    }
    return FormatSpec.number(format.substring(start, at), 0);
  }

  private Object value() {
    if (next >= items.size()) {
      throw Fault.of("'%' has fewer values than its text has places");
    }
    return items.get(next++);
  }

  private String write(Object value, String flags, int width, int precision, char type) {
    boolean left = flags.contains("-");
    boolean zero = flags.contains("0") && !left;
    char sign = flags.contains("+") ? '+' : flags.contains(" ") ? ' ' : '-';
    boolean alternate = flags.contains("#");
    switch (type) {
      case 's', 'r', 'a' -> {
        String text = type == 's' ? Text.of(value, budget) : Text.representation(value, budget);
        return new FormatSpec(' ', left ? '<' : '>', '-', false, width, "", precision, 's')
            .format(text, budget);
      }
      case 'c' -> {
        String text =
            Operators.isInteger(value)
                ? FormatSpec.character(Comparison.integer(value))
                : Types.string(value, "'%c'");
        return new FormatSpec(' ', left ? '<' : '>', '-', false, width, "", -1, 's')
            .format(text, budget);
      }
      case 'd', 'i', 'u', 'x', 'X', 'o' -> {
        BigInteger number = whole(value, type);
        char kind = type == 'i' || type == 'u' ? 'd' : type;
        String digits =
            new FormatSpec(' ', (char) 0, '-', false, 0, "", -1, kind).format(number.abs(), budget);
        String prefix = alternate && kind != 'd' ? "0" + kind : "";
        String filled = "0".repeat(Math.max(0, precision - digits.length())) + digits;
        String signed = number.signum() < 0 ? "-" : sign == '-' ? "" : String.valueOf(sign);
        return padded(signed + prefix, filled, left, zero, width);
      }
      case 'e', 'E', 'f', 'F', 'g', 'G' -> {
        if (!Types.isNumber(value)) {
          throw Operators.mismatch("%" + type, "", value);
        }
        return new FormatSpec(
                zero ? '0' : ' ',
                left ? '<' : zero ? '=' : '>',
                sign,
                alternate,
                width,
                "",
                precision,
                type)
            .format(Operators.toDouble(value), budget);
      }
      default -> throw Fault.of("'%' with an unknown letter");
    }
  }

  private BigInteger whole(Object value, char type) {
    if (value instanceof Double number
        && "diu".indexOf(type) >= 0
        && Math.abs(number) <= Double.MAX_VALUE) {
      return new BigDecimal(number).toBigInteger();
    }
    if (!Operators.isInteger(value)) {
      throw Operators.mismatch("%" + type, "", value);
    }
    return Comparison.integer(value);
  }

  private String padded(String start, String digits, boolean left, boolean zero, int width) {
    long missing = (long) width - start.length() - digits.length();
    if (left) {
      return start + digits + Padding.spaces((int) missing, budget);
    }
    return zero
        ? start + Padding.repeat('0', missing, budget) + digits
        : Padding.repeat(' ', missing, budget) + start + digits;
  }
}
