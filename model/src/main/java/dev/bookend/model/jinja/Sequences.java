package dev.bookend.model.jinja;

import java.util.ArrayList;
import java.util.List;

/** What can be gone through, counted, and asked for elements by number. */
final class Sequences {
  private Sequences() {}

  /** The elements in order, where a {@code for} can go through the value. */
  static List<Object> iterate(Object value, Budget budget) {
    if (value instanceof String text) {
      return characters(text, budget);
    } else if (value instanceof Markup markup) {
      return characters(markup.text(), budget);
    } else if (value instanceof Undefined) {
      return List.of();
    } else if (value instanceof Generator generator) {
      return generator.rest();
    } else if (value instanceof Dict dict) {
      budget.items(dict.size());
      return dict.keys();
    } else if (value instanceof DictView view) {
      budget.items(view.dict().size());
      return view.items();
    } else if (value instanceof Loop loop) {
      return loop.rest();
    }
    List<Object> items = indexed(value);
    if (items == null) {
      throw Fault.of("a value of type '" + Types.name(value) + "' cannot be iterated over");
    }
    return items;
  }

  static boolean iterable(Object value) {
    return Types.isString(value)
        || value instanceof Undefined
        || value instanceof Generator
        || value instanceof Dict
        || value instanceof DictView
        || value instanceof Loop
        || indexed(value) != null;
  }

  /** The elements of a list, tuple or range; null of anything else. */
  @SuppressWarnings("unchecked") // no other lists are made
  static List<Object> indexed(Object value) {
    if (value instanceof List<?> list) {
      return (List<Object>) list;
    } else if (value instanceof Tuple tuple) {
      return tuple.items();
    } else if (value instanceof Range range) {
      return range.items();
    }
    return null;
  }

  static boolean hasLength(Object value) {
    return Types.isString(value)
        || value instanceof Undefined
        || value instanceof Dict
        || value instanceof DictView
        || value instanceof Loop
        || indexed(value) != null;
  }

  static int length(Object value) {
    if (Markup.unwrap(value) instanceof String text) {
      return text.codePointCount(0, text.length());
    } else if (value instanceof Undefined) {
      return 0;
    } else if (value instanceof Dict dict) {
      return dict.size();
    } else if (value instanceof DictView view) {
      return view.dict().size();
    } else if (value instanceof Loop loop) {
      return loop.length();
    }
    List<Object> items = indexed(value);
    if (items == null) {
      throw Fault.of("a value of type '" + Types.name(value) + "' has no length");
    }
    return items.size();
  }

  /** The elements from the last to the first. */
  static List<Object> reversed(List<Object> items, Budget budget) {
    budget.items(items.size());
    List<Object> reversed = new ArrayList<>(items);
    java.util.Collections.reverse(reversed);
    return reversed;
  }

  private static List<Object> characters(String text, Budget budget) {
    budget.items(text.length());
    List<Object> characters = new ArrayList<>(text.length());
    text.codePoints().forEach(point -> characters.add(Character.toString(point)));
    return characters;
  }
}
