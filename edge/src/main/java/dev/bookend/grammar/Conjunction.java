package dev.bookend.grammar;

import com.google.gson.JsonElement;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Schemas that all hold for one value, without choices among them. What they say about each kind of
 * values is put together here. For one thread.
 */
final class Conjunction {
  private final List<Keywords> parts;
  private final Patterns patterns;
  private final Set<Kind> kinds = EnumSet.allOf(Kind.class);
  private final Optional<Map<String, JsonElement>> values;
  private Optional<Text> text;

  Conjunction(List<Keywords> parts, Patterns patterns) {
    this.parts = List.copyOf(parts);
    this.patterns = patterns;
    parts.forEach(part -> kinds.retainAll(kinds(part)));
    this.values = values(parts);
  }

  private static Set<Kind> kinds(Keywords part) {
    JsonElement type = part.get("type");
    if (type == null) {
      return EnumSet.allOf(Kind.class);
    }
    List<String> names =
        type.isJsonArray() ? part.texts("type") : List.of(part.text("type").orElseThrow());
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (String name : names) {
      Set<Kind> meant = Kind.ofType(name);
      if (meant.isEmpty()) {
        throw part.error("type", "there is no type \"" + name + "\"");
      }
      kinds.addAll(meant);
    }
    if (part.flag("nullable")) {
      kinds.add(Kind.NULL);
    }
    return kinds;
  }

  private static Optional<Map<String, JsonElement>> values(List<Keywords> parts) {
    Map<String, JsonElement> values = null;
    for (Keywords part : parts) {
      for (String keyword : List.of("enum", "const")) {
        if (part.has(keyword)) {
          Map<String, JsonElement> these = new LinkedHashMap<>();
          List<JsonElement> all =
              keyword.equals("enum") ? part.list(keyword) : List.of(part.get(keyword));
          all.forEach(value -> these.putIfAbsent(JsonValues.key(value), value));
          if (values == null) {
            values = these;
          } else {
            values.keySet().retainAll(these.keySet());
          }
        }
      }
    }
    return Optional.ofNullable(values);
  }

  /** The kinds of values that may be. */
  Set<Kind> kinds() {
    return EnumSet.copyOf(kinds);
  }

  /**
   * The kinds of values that are meant: where no type is said but something about some kinds, only
   * these.
   */
  Set<Kind> meantKinds() {
    Set<Kind> said = EnumSet.noneOf(Kind.class);
    for (Keywords part : parts) {
      if (part.has("type")) {
        return kinds();
      }
      addIfAny(said, Kind.OBJECT, part, "properties", "required", "additionalProperties");
      addIfAny(said, Kind.ARRAY, part, "items", "prefixItems", "minItems", "maxItems");
      addIfAny(said, Kind.STRING, part, "pattern", "format", "minLength", "maxLength");
      for (Kind number : List.of(Kind.INTEGER, Kind.FRACTION)) {
        addIfAny(said, number, part, "minimum", "maximum", "multipleOf");
        addIfAny(said, number, part, "exclusiveMinimum", "exclusiveMaximum");
      }
    }
    return said.isEmpty() ? kinds() : said;
  }

  private static void addIfAny(Set<Kind> kinds, Kind kind, Keywords part, String... keywords) {
    if (Set.of(keywords).stream().anyMatch(part::has)) {
      kinds.add(kind);
    }
  }

  /** The only values that may be, if they are listed; not all of them fit the rest. */
  Optional<List<JsonElement>> values() {
    return values.map(map -> List.copyOf(map.values()));
  }

  /** Whether a value is among those that may be, or these are not listed. */
  boolean lists(JsonElement value) {
    return values.isEmpty() || values.get().containsKey(JsonValues.key(value));
  }

  NumberBounds numbers() {
    return new NumberBounds(parts);
  }

  /** The largest of the numbers that a keyword says, which are lower bounds. */
  int atLeast(String keyword) {
    return counts(keyword).stream().max(Integer::compare).orElse(0);
  }

  /** The smallest of the numbers that a keyword says, which are upper bounds. */
  int atMost(String keyword) {
    return counts(keyword).stream().min(Integer::compare).orElse(Integer.MAX_VALUE);
  }

  private List<Integer> counts(String keyword) {
    return parts.stream().map(part -> part.count(keyword)).flatMap(Optional::stream).toList();
  }

  /** What a string may be; empty: there is none. */
  Optional<Text> text() {
    if (text == null) {
      text = patterns.text(parts, atLeast("minLength"), atMost("maxLength"));
    }
    return text;
  }

  /** The schemas that all hold for an item. */
  Set<String> item(int index) {
    Set<String> schemas = new LinkedHashSet<>();
    for (Keywords part : parts) {
      if (index < part.list("prefixItems").size()) {
        schemas.add(SchemaDocument.child(part.pointer("prefixItems"), Integer.toString(index)));
      } else if (part.has("items")) {
        if (part.get("items").isJsonArray()) {
          throw part.error("items", "a list is not supported; prefixItems is its name by now");
        }
        schemas.add(part.pointer("items"));
      }
    }
    return schemas;
  }

  /** How many first items have schemas of their own. */
  int firstItems() {
    return parts.stream().mapToInt(part -> part.list("prefixItems").size()).max().orElse(0);
  }

  /** The names of properties that are declared or required, in their order. */
  Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    parts.forEach(part -> names.addAll(part.names("properties")));
    names.addAll(required());
    return names;
  }

  Set<String> required() {
    Set<String> required = new LinkedHashSet<>();
    parts.forEach(part -> required.addAll(part.texts("required")));
    return required;
  }

  /** The schemas that all hold for a property. */
  Set<String> property(String name) {
    Set<String> schemas = new LinkedHashSet<>();
    for (Keywords part : parts) {
      if (part.names("properties").contains(name)) {
        schemas.add(SchemaDocument.child(part.pointer("properties"), name));
      } else if (part.has("additionalProperties")) {
        schemas.add(part.pointer("additionalProperties"));
      }
    }
    return schemas;
  }

  /** The schemas that all hold for properties that are not declared; empty: there are none. */
  Optional<Set<String>> otherProperties() {
    Set<String> schemas = new LinkedHashSet<>();
    boolean declares = false;
    for (Keywords part : parts) {
      declares |= part.has("properties");
      if (part.has("additionalProperties")) {
        schemas.add(part.pointer("additionalProperties"));
      }
    }
    return declares && schemas.isEmpty() ? Optional.empty() : Optional.of(schemas);
  }

  /** Where errors are that concern more than one keyword. */
  String pointer() {
    return parts.isEmpty() ? "#" : parts.get(0).pointer();
  }
}
