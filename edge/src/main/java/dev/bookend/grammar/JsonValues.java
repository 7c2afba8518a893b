package dev.bookend.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/** JSON values as a schema compares and writes them. */
final class JsonValues {
  private static final int MOST_DIGITS = 20;
  private static final int MOST_SCALE = 1000;

  private JsonValues() {}

  /** A value's compact text. Numbers of one value have one text. */
  static String write(JsonElement value) {
    return write(value, false);
  }

  /** A text that equal values have in common: with the properties of objects sorted. */
  static String key(JsonElement value) {
    return write(value, true);
  }

  private static String write(JsonElement value, boolean sorted) {
    if (value instanceof JsonArray array) {
      StringJoiner items = new StringJoiner(",", "[", "]");
      array.forEach(item -> items.add(write(item, sorted)));
      return items.toString();
    }
    if (value instanceof JsonObject object) {
      Map<String, JsonElement> properties = object.asMap();
      StringJoiner parts = new StringJoiner(",", "{", "}");
      (sorted ? new TreeMap<>(properties) : properties)
          .forEach((name, each) -> parts.add(JsonText.quote(name) + ":" + write(each, sorted)));
      return parts.toString();
    }
    if (value instanceof JsonPrimitive primitive && primitive.isString()) {
      return JsonText.quote(primitive.getAsString());
    }
    return isNumber(value) ? number(value.getAsBigDecimal()) : value.toString();
  }

  private static String number(BigDecimal number) {
    BigDecimal plain = number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
    return Math.abs(plain.scale()) <= MOST_DIGITS ? plain.toPlainString() : plain.toString();
  }

  static boolean isNumber(JsonElement value) {
    return value instanceof JsonPrimitive primitive && primitive.isNumber();
  }

  /**
   * Whether a number can be computed with: it has at most 1,000 digits, and its exponent is small.
   * Nothing else may be done with one that was not looked at in this way, as some take for ever.
   */
  static boolean isUsable(JsonElement number) {
    String text = number.getAsString();
    if (text.length() > 2 * MOST_SCALE) {
      return false;
    }
    try {
      BigDecimal value = new BigDecimal(text);
      return Math.abs((long) value.scale()) <= MOST_SCALE && value.precision() <= MOST_SCALE;
    } catch (NumberFormatException e) { // an exponent of many digits, or no number
      return false;
    }
  }

  static boolean isString(JsonElement value) {
    return value instanceof JsonPrimitive primitive && primitive.isString();
  }
}
