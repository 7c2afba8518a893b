package dev.bookend.model.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a value is written into a text, in the notation of Python's format specifications.
 *
 * @param fill a character
 * @param align one of {@code <>=^}, or 0 where it is left to the value
 * @param sign one of {@code +}, {@code -} and a blank
 * @param grouping {@code ,} or {@code _} between thousands, or empty
 * @param precision negative where there is none
 * @param type a letter or {@code %}, or 0
 */
record FormatSpec(
    int fill,
    char align,
    char sign,
    boolean alternate,
    int width,
    String grouping,
    int precision,
    char type) {
  static final int MOST = 10_000;
  private static final Pattern SPEC =
      Pattern.compile(
          "(?s)(?:(.)?([<>=^]))?([+ -])?(z)?(#)?(0)?(\\d+)?([,_])?(?:\\.(\\d+))?([a-zA-Z%])?");

  static FormatSpec parse(String text) {
    Matcher spec = SPEC.matcher(text);
    if (!spec.matches()) {
      throw Fault.of("a format specification cannot be read");
    }
    boolean zero = spec.group(6) != null && spec.group(2) == null;
    String fill = spec.group(1);
    return new FormatSpec(
        fill != null ? fill.codePointAt(0) : zero ? '0' : ' ',
        spec.group(2) != null ? spec.group(2).charAt(0) : zero ? '=' : 0,
        spec.group(3) == null ? '-' : spec.group(3).charAt(0),
        spec.group(5) != null,
        number(spec.group(7), 0),
        spec.group(8) == null ? "" : spec.group(8),
        number(spec.group(9), -1),
        spec.group(10) == null ? 0 : spec.group(10).charAt(0));
  }

  static int number(String digits, int otherwise) {
    if (digits == null || digits.isEmpty()) {
      return otherwise;
    }
    if (digits.length() > 9 || Integer.parseInt(digits) > MOST) {
      throw Fault.of("a format asks for more than " + MOST + " characters");
    }
    return Integer.parseInt(digits);
  }

  String format(Object valueOrMarkup, Budget budget) {
    Object value = Markup.unwrap(valueOrMarkup);
    budget.text(width + Math.max(0, precision) + 64L);
    if (value instanceof String text) {
      return string(text, budget);
    }
    if (!Types.isNumber(value)) {
      if (width != 0 || type != 0 || align != 0 || precision >= 0) {
        throw Fault.of("a value of type '" + Types.name(value) + "' has no such format");
      }
      return Text.of(value, budget);
    }
    if (value instanceof Boolean && isPlain()) {
      return Text.of(value, budget);
    }
    if (value instanceof Double || type != 0 && "eEfFgG%".indexOf(type) >= 0) {
      return real(Operators.toDouble(value), budget);
    }
    return whole(Comparison.integer(value), budget);
  }

  private boolean isPlain() {
    return type == 0
        && width == 0
        && precision < 0
        && align == 0
        && sign == '-'
        && grouping.isEmpty();
  }

  private String string(String text, Budget budget) {
    if (type != 0 && type != 's' || align == '=' || sign != '-') {
      throw Fault.of("a str has no such format");
    }
    budget.read(text.length());
    int length = text.codePointCount(0, text.length());
    String kept =
        precision >= 0 && precision < length
            ? text.substring(0, text.offsetByCodePoints(0, precision))
            : text;
    return padded("", kept, align == 0 ? '<' : align, budget);
  }

  private String whole(BigInteger value, Budget budget) {
    if (precision >= 0) {
      throw Fault.of("an int has no precision");
    }
    BigInteger magnitude = value.abs();
    String prefix = "";
    String digits;
    switch (type) {
      case 'x', 'X' -> {
        digits = magnitude.toString(16);
        prefix = alternate ? "0" + type : "";
      }
      case 'o' -> {
        digits = magnitude.toString(8);
        prefix = alternate ? "0o" : "";
      }
      case 'b' -> {
        digits = magnitude.toString(2);
        prefix = alternate ? "0b" : "";
      }
      case 'c' -> {
        return padded("", character(value), align == 0 ? '<' : align, budget);
      }
      case 0, 'd', 'n' -> digits = Text.of(magnitude);
      default -> throw Fault.of("an int has no format '" + type + "'");
    }
    String cased = type == 'X' ? digits.toUpperCase(Locale.ROOT) : digits;
    return padded(
        signOf(value.signum() < 0) + prefix, grouped(cased), align == 0 ? '>' : align, budget);
  }

  static String character(BigInteger code) {
    if (code.signum() < 0 || code.bitLength() > 21 || code.intValue() > Character.MAX_CODE_POINT) {
      throw Fault.of("a number stands for no character");
    }
    return Character.toString(code.intValue());
  }

  private String real(double value, Budget budget) {
    boolean negative = Double.doubleToRawLongBits(value) < 0 && !Double.isNaN(value);
    double magnitude = Math.abs(value);
    String text;
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      text = Double.isNaN(value) ? "nan" : "inf";
      text += type == '%' ? "%" : "";
    } else {
      text =
          switch (type) {
            case 'f', 'F' -> fixed(magnitude, precision < 0 ? 6 : precision);
            case '%' -> fixed(magnitude * 100, precision < 0 ? 6 : precision) + "%";
            case 'e', 'E' -> exponent(magnitude, precision < 0 ? 6 : precision);
            case 'g', 'G', 'n' -> general(magnitude, precision < 0 ? 6 : precision, alternate);
            case 0 ->
                precision < 0
                    ? FloatText.of(magnitude)
                    : withPoint(magnitude, Math.max(1, precision));
            default -> throw Fault.of("a float has no format '" + type + "'");
          };
    }
    String cased = Character.isUpperCase(type) ? text.toUpperCase(Locale.ROOT) : text;
    return padded(signOf(negative), grouped(cased), align == 0 ? '>' : align, budget);
  }

  private static String fixed(double value, int digits) {
    return new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String exponent(double value, int digits) {
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
    String all = value == 0 ? "0".repeat(digits + 1) : digits(rounded, digits + 1);
    int power = value == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    return all.charAt(0)
        + (digits > 0 ? "." + all.substring(1) : "")
        + "e"
        + (power < 0 ? "-" : "+")
        + (Math.abs(power) < 10 ? "0" : "")
        + Math.abs(power);
  }

  private static String digits(BigDecimal value, int count) {
    String digits = value.unscaledValue().toString();
    return digits.length() >= count
        ? digits.substring(0, count)
        : digits + "0".repeat(count - digits.length());
  }

  private static int power(double value, int digits) {
    if (value == 0) {
      return 0;
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    return rounded.precision() - rounded.scale() - 1;
  }

  static String general(double value, int precision, boolean keepZeros) {
    int digits = Math.max(1, precision);
    int power = power(value, digits);
    if (power < -4 || power >= digits) {
      String text = exponent(value, digits - 1);
      int e = text.indexOf('e');
      return keepZeros ? text : withoutZeros(text.substring(0, e)) + text.substring(e);
    }
    String text = fixed(value, digits - 1 - power);
    return keepZeros ? text : withoutZeros(text);
  }

  /** As general, but with a point, and by one digit sooner with an exponent. */
  private static String withPoint(double value, int digits) {
    int power = power(value, digits);
    if (power < -4 || power >= digits - 1) {
      String text = exponent(value, digits - 1);
      int e = text.indexOf('e');
      return withoutZeros(text.substring(0, e)) + text.substring(e);
    }
    String text = withoutZeros(fixed(value, digits - 1 - power));
    return text.contains(".") ? text : text + ".0";
  }

  private static String withoutZeros(String text) {
    return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
  }

  private String signOf(boolean negative) {
    return negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
  }

  private String grouped(String number) {
    if (grouping.isEmpty()) {
      return number;
    }
    int end = 0;
    while (end < number.length()
        && Character.digit(number.charAt(end), 16) >= 0
        && (type == 'x' || type == 'X' || number.charAt(end) != 'e')) {
      end++;
    }
    int size = type == 'x' || type == 'X' || type == 'o' || type == 'b' ? 4 : 3;
    StringBuilder out = new StringBuilder(number);
    for (int at = end - size; at > 0; at -= size) {
      out.insert(at, grouping);
    }
    return out.toString();
  }

  private String padded(String start, String text, char place, Budget budget) {
    int length = start.length() + text.codePointCount(0, text.length());
    int missing = Math.max(0, width - length);
    return switch (place) {
      case '<' -> start + text + Padding.repeat(fill, missing, budget);
      case '>' -> Padding.repeat(fill, missing, budget) + start + text;
      case '=' -> start + Padding.repeat(fill, missing, budget) + text;
      default ->
          Padding.repeat(fill, missing / 2, budget)
              + start
              + text
              + Padding.repeat(fill, missing - missing / 2, budget);
    };
  }
}
