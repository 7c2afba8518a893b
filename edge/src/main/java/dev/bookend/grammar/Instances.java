package dev.bookend.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Optional;
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
      case STRING -> fits(schemas.text(), value.getAsString());
      case ARRAY -> fits(schemas, (JsonArray) value);
      case OBJECT -> fits(schemas, ((JsonObject) value).asMap());
    };
  }

  private static boolean fits(Optional<Text> allowed, String value) {
    Text text = allowed.orElse(null);
    for (int character : value.codePoints().toArray()) {
      text = text == null ? null : text.next(character);
    }
    return text != null && text.mayEnd();
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
