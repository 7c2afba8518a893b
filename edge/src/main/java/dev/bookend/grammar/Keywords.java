package dev.bookend.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** One schema object: its keywords, each checked for what it must be. */
record Keywords(String pointer, JsonObject schema) {
  private static final Set<String> KNOWN =
      Set.of(
          "type",
          "enum",
          "const",
          "anyOf",
          "oneOf",
          "allOf",
          "$ref",
          "nullable",
          "properties",
          "required",
          "additionalProperties",
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "minLength",
          "maxLength",
          "pattern",
          "format",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf");

  private static final Set<String> IGNORED =
      Set.of(
          "title",
          "description",
          "default",
          "example",
          "examples",
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions",
          "deprecated",
          "readOnly",
          "writeOnly",
          "contentEncoding",
          "contentMediaType",
          "discriminator");

  /** Keywords that say nothing if they have this value. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of("uniqueItems=false", "minProperties=0", "unevaluatedProperties=true");

  /**
   * @throws SchemaException if there is a keyword that is not known
   */
  Keywords {
    for (String keyword : schema.keySet()) {
      boolean known = KNOWN.contains(keyword) || IGNORED.contains(keyword);
      if (!known
          && !keyword.startsWith("x-")
          && !WITHOUT_EFFECT.contains(keyword + "=" + schema.get(keyword))) {
        throw new SchemaException(
            SchemaDocument.child(pointer, keyword),
            "the keyword \"" + keyword + "\" is not supported");
      }
    }
  }

  boolean has(String keyword) {
    return schema.has(keyword);
  }

  JsonElement get(String keyword) {
    return schema.get(keyword);
  }

  /** The pointer to a keyword's value. */
  String pointer(String keyword) {
    return SchemaDocument.child(pointer, keyword);
  }

  SchemaException error(String keyword, String why) {
    return new SchemaException(pointer(keyword), why);
  }

  /** A text; empty: the keyword is not there. */
  Optional<String> text(String keyword) {
    return get(keyword, "a string", JsonValues::isString).map(JsonElement::getAsString);
  }

  boolean flag(String keyword) {
    return get(keyword, "true or false", each -> each.toString().matches("true|false"))
        .map(JsonElement::getAsBoolean)
        .orElse(false);
  }

  Optional<BigDecimal> number(String keyword) {
    return get(keyword, "a number", JsonValues::isNumber).map(JsonElement::getAsBigDecimal);
  }

  /** The step that numbers are multiples of. */
  Optional<BigDecimal> step() {
    Optional<BigDecimal> step = number("multipleOf");
    if (step.isPresent() && step.get().signum() <= 0) {
      throw error("multipleOf", "must be above 0");
    }
    return step;
  }

  /** A number of things; very large ones become {@link Integer#MAX_VALUE}, less one. */
  Optional<Integer> count(String keyword) {
    return number(keyword)
        .map(
            number -> {
              if (number.signum() < 0 || number.stripTrailingZeros().scale() > 0) {
                throw error(keyword, "must be a whole number that is not negative");
              }
              return number.min(BigDecimal.valueOf(Integer.MAX_VALUE - 1)).intValue();
            });
  }

  /** The pointers to the schemas of a list; empty: the keyword is not there. */
  List<String> schemas(String keyword) {
    int size = list(keyword).size();
    List<String> schemas = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      schemas.add(SchemaDocument.child(pointer(keyword), Integer.toString(i)));
    }
    return schemas;
  }

  /** A list; empty also if the keyword is not there. */
  List<JsonElement> list(String keyword) {
    return get(keyword, "a list", JsonArray.class::isInstance)
        .map(list -> ((JsonArray) list).asList())
        .orElse(List.of());
  }

  /** The texts of a list. */
  List<String> texts(String keyword) {
    List<JsonElement> all = list(keyword);
    if (!all.stream().allMatch(JsonValues::isString)) {
      throw error(keyword, "must be a list of strings");
    }
    return all.stream().map(JsonElement::getAsString).toList();
  }

  /** The names of an object's properties. */
  Set<String> names(String keyword) {
    return get(keyword, "an object", JsonObject.class::isInstance)
        .map(object -> ((JsonObject) object).keySet())
        .orElse(Set.of());
  }

  private Optional<JsonElement> get(String keyword, String what, Predicate<JsonElement> isRight) {
    JsonElement value = get(keyword);
    if (value != null && !isRight.test(value)) {
      throw error(keyword, "must be " + what);
    }
    return Optional.ofNullable(value);
  }
}
