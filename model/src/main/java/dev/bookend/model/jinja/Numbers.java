package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;

/** Numbers that stand in strings, as Python's {@code int} and {@code float} read them. */
final class Numbers {
  private static final int LONGEST = 4300;
  private static final Pattern REAL =
      Pattern.compile(
          "[+-]?(?:(?:\\d(?:_?\\d)*+(?:\\.(?:\\d(?:_?\\d)*+)?)?|\\.\\d(?:_?\\d)*+)"
              + "(?:[eE][+-]?\\d(?:_?\\d)*+)?|(?i:inf|infinity|nan))");

  private Numbers() {}

  /** Null of what is no whole number. */
  static BigInteger integer(String given, int base) {
    String text = trimmed(given);
    boolean negative = text.startsWith("-");
    String digits = negative || text.startsWith("+") ? text.substring(1) : text;
    int radix = base;
    String prefix = digits.substring(0, Math.min(2, digits.length())).toLowerCase(Locale.ROOT);
    int implied =
        switch (prefix) {
          case "0x" -> 16;
          case "0o" -> 8;
          case "0b" -> 2;
          default -> 0;
        };
    if (implied != 0 && (base == 0 || base == implied)) {
      radix = implied;
      digits = digits.substring(2).replaceFirst("^_", "");
    } else if (base == 0) {
      radix = digits.matches("0[0_]*|[1-9].*") ? 10 : -1;
    }
    if (radix < Character.MIN_RADIX
        || radix > Character.MAX_RADIX
        || digits.length() > LONGEST
        || !digits.matches("[0-9A-Za-z](?:_?[0-9A-Za-z])*+")) {
      return null;
    }
    try {
      BigInteger number = new BigInteger(digits.replace("_", ""), radix);
      return negative ? number.negate() : number;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Null of what is no number. */
  static Double real(String given) {
    String text = trimmed(given);
    if (text.length() > LONGEST || !REAL.matcher(text).matches()) {
      return null;
    }
    String plain = text.replace("_", "").toLowerCase(Locale.ROOT);
    double sign = plain.startsWith("-") ? -1 : 1;
    if (plain.endsWith("nan")) {
      return Double.NaN;
    }
    return plain.contains("inf") ? sign * Double.POSITIVE_INFINITY : Double.valueOf(plain);
  }

  private static String trimmed(String text) {
    int begin = Characters.skipSpace(text, 0);
    int end = text.length();
    while (end > begin && Characters.isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(begin, end);
  }
}
