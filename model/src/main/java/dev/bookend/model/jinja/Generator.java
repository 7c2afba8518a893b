package dev.bookend.model.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/**
 * Python's generator, which {@code map}, {@code select} and others give: it has no length and no
 * elements to ask for by number, counts as true, and can be gone through once.
 */
final class Generator {
  private final Supplier<List<Object>> source;
  private Iterator<Object> items;

  /**
   * @param source asked when the first item is wanted; what fails there, fails only then
   */
  Generator(Supplier<List<Object>> source) {
    this.source = source;
  }

  Iterator<Object> iterator() {
    if (items == null) {
      items = source.get().iterator();
    }
    return items;
  }

  /** What is left; nothing is after it. */
  List<Object> rest() {
    List<Object> rest = new ArrayList<>();
    iterator().forEachRemaining(rest::add);
    return rest;
  }
}
