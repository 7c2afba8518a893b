package dev.bookend.model.jinja;

import java.util.List;

/**
 * Python's {@code tuple}.
 *
 * @param names by which the items can be asked for, too; usually none
 */
record Tuple(List<Object> items, List<String> names) {

  Tuple(List<Object> items) {
    this(items, List.of());
  }

  static Tuple of(Object... items) {
    return new Tuple(List.of(items));
  }

  /** Null where there is none of that name. */
  Object named(String name) {
    int at = names.indexOf(name);
    return at < 0 ? null : items.get(at);
  }
}
