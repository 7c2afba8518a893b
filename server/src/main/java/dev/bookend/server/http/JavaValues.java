package dev.bookend.server.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as plain values, as chat templates take them. */
public final class JavaValues {
  private JavaValues() {}

  /** Null, a string, boolean or number, or a list or map of such. */
  public static Object of(JsonElement element) {
    if (element.isJsonNull()) {
      return null;
    } else if (element.isJsonObject()) {
      return map(element.getAsJsonObject());
    } else if (element.isJsonArray()) {
      List<Object> list = new ArrayList<>();
      element.getAsJsonArray().forEach(item -> list.add(of(item)));
      return list;
    }
    JsonPrimitive primitive = element.getAsJsonPrimitive();
    if (primitive.isBoolean()) {
      return primitive.getAsBoolean();
    }
    return primitive.isString() ? primitive.getAsString() : number(primitive.getAsString());
  }

  /** As in Python, a number without a point and an exponent is a whole one. */
  private static Object number(String text) {
    return text.matches("-?[0-9]{1,400}")
        ? new BigDecimal(text).toBigIntegerExact()
        : (Object) Double.parseDouble(text);
  }

  /** A map in the order of the JSON. */
  public static Map<String, Object> map(JsonObject object) {
    Map<String, Object> map = new LinkedHashMap<>();
    object.entrySet().forEach(entry -> map.put(entry.getKey(), of(entry.getValue())));
    return map;
  }
}
