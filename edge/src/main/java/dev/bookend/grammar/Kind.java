package dev.bookend.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.EnumSet;
import java.util.Set;

/** Kinds of JSON values. The whole numbers are apart from the others. */
enum Kind {
  NULL,
  BOOLEAN,
  INTEGER,
  FRACTION,
  STRING,
  ARRAY,
  OBJECT;

  /** The kinds that a schema's word for a type means; none if there is no such type. */
  static Set<Kind> ofType(String type) {
    return switch (type) {
      case "null" -> EnumSet.of(NULL);
      case "boolean" -> EnumSet.of(BOOLEAN);
      case "integer" -> EnumSet.of(INTEGER);
      case "number" -> EnumSet.of(INTEGER, FRACTION);
      case "string" -> EnumSet.of(STRING);
      case "array" -> EnumSet.of(ARRAY);
      case "object" -> EnumSet.of(OBJECT);
      default -> EnumSet.noneOf(Kind.class);
    };
  }

  static Kind of(JsonElement value) {
    if (value instanceof JsonObject) {
      return OBJECT;
    }
    if (value instanceof JsonArray) {
      return ARRAY;
    }
    if (value instanceof JsonPrimitive primitive) {
      if (primitive.isString()) {
        return STRING;
      }
      if (primitive.isBoolean()) {
        return BOOLEAN;
      }
      return primitive.getAsBigDecimal().stripTrailingZeros().scale() <= 0 ? INTEGER : FRACTION;
    }
    return NULL;
  }
}
