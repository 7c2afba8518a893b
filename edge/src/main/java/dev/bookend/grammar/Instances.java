package dev.bookend.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Set;

/** Holds values that a schema lists against the rest of the schema. */
record Instances(Alternatives alternatives) {
  /** Whether a value fits schemas that all hold. */
  boolean fit(Set<String> schemas, JsonElement value) {
    return alternatives.of(schemas).stream().anyMatch(each -> fit(each, value));
  }

  boolean fit(Conjunction schemas, JsonElement value) {
    alternatives.work(schemas.pointer(), 1);
    Kind kind = Kind.of(value);
    if (!schemas.kinds().contains(kind) || !schemas.lists(value)) {
      return false;
    }
    return switch (kind) {
      case NULL, BOOLEAN -> true;
      case INTEGER, FRACTION -> schemas.numbers().accept(value.getAsBigDecimal());
      case STRING -> fits(schemas, value.getAsString());
      case ARRAY -> fits(schemas, (JsonArray) value);
      case OBJECT -> fits(schemas, ((JsonObject) value).asMap());
    };
  }

  private boolean fits(Conjunction schemas, String value) {
    Text text = schemas.text().orElse(null);
    try {
      return text != null && alternatives.patterns().fits(text, value);
    } catch (IllegalArgumentException e) {
      throw new SchemaException(schemas.pointer(), e.getMessage());
    }
  }

  private boolean fits(Conjunction schemas, JsonArray array) {
    if (array.size() < schemas.atLeast("minItems") || array.size() > schemas.atMost("maxItems")) {
      return false;
    }
    for (int i = 0; i < array.size(); i++) {
      if (!fit(schemas.item(i), array.get(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean fits(Conjunction schemas, Map<String, JsonElement> object) {
    return object.keySet().containsAll(schemas.required())
        && object.entrySet().stream()
            .allMatch(each -> fit(schemas.property(each.getKey()), each.getValue()));
  }
}
