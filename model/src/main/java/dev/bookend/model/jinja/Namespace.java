package dev.bookend.model.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** Jinja's {@code namespace}: attributes that can be set, also from within a loop. */
final class Namespace {
  private final Map<String, Object> attributes = new LinkedHashMap<>();

  /** Null where there is none. */
  Object get(String name) {
    return attributes.get(name);
  }

  void set(String name, Object value) {
    if (name.startsWith("_")) {
      throw Fault.of("a namespace cannot have the attribute '" + name + "'");
    }
    attributes.put(name, value);
  }

  Dict dict(Budget budget) {
    Dict.Builder dict = new Dict.Builder(budget);
    attributes.forEach(dict::put);
    return dict.build();
  }
}
