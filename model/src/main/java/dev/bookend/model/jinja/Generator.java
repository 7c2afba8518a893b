package dev.bookend.model.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Python's generator, which {@code map}, {@code select} and others give: it has no length and no
 * elements to ask for by number, counts as true, and can be gone through once.
 */
final class Generator {
  private final Iterator<Object> items;

  Generator(List<Object> items) {
    this.items = items.iterator();
  }

  Iterator<Object> iterator() {
    return items;
  }

  /** What is left; nothing is after it. */
  List<Object> rest() {
    List<Object> rest = new ArrayList<>();
    items.forEachRemaining(rest::add);
    return rest;
  }
}
