package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** Makes a template's values of Java's. */
final class Values {
  private Values() {}

  /** Of null, strings, booleans, numbers, and lists and maps of such. */
  static Object of(Object value, Budget budget) {
    if (value == null) {
      return None.NONE;
    } else if (value instanceof String
        || value instanceof Boolean
        || value instanceof Double
        || value instanceof BigInteger) {
      return value;
    } else if (value instanceof Integer || value instanceof Long) {
      return BigInteger.valueOf(((Number) value).longValue());
    } else if (value instanceof List<?> list) {
      return list.stream().map(item -> of(item, budget)).toList();
    } else if (value instanceof Map<?, ?> map) {
      Dict.Builder dict = new Dict.Builder(budget);
      map.forEach((key, element) -> dict.put(of(key, budget), of(element, budget)));
      return dict.build();
    }
    throw new IllegalArgumentException("a value of " + value.getClass());
  }
}
