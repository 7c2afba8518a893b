package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.List;

/**
 * Attributes and elements of values. As in Jinja, {@code x.y} looks for an attribute or method
 * first and for an element then, {@code x['y']} the other way round, and what is not there is
 * undefined.
 */
final class Access {
  private Access() {}

  static Object attribute(Object owner, String name, Rendering rendering) {
    if (owner instanceof Undefined undefined) {
      throw undefined.fault();
    }
    Object attribute = ownAttribute(owner, name, rendering);
    if (attribute == null && owner instanceof Dict dict) {
      attribute = dict.get(name, rendering.budget());
    }
    return attribute == null ? Undefined.attribute(owner, name) : attribute;
  }

  static Object element(Object owner, Object keyValue, Rendering rendering) {
    Object key = Markup.unwrap(keyValue);
    if (owner instanceof Undefined undefined) {
      throw undefined.fault();
    }
    Object element = null;
    if (owner instanceof Dict dict) {
      element =
          key instanceof List || key instanceof Dict ? null : dict.get(key, rendering.budget());
    } else if (key instanceof BigInteger || key instanceof Boolean) {
      element = numbered(owner, Types.integer(key, "an index"), rendering.budget());
    }
    if (element == null && key instanceof String name) {
      element = ownAttribute(owner, name, rendering);
    }
    return element == null ? Undefined.attribute(owner, key) : element;
  }

  private static Object numbered(Object owner, int index, Budget budget) {
    if (Markup.unwrap(owner) instanceof String text) {
      // Counts from the nearer end.
      budget.read(Math.min(text.length(), Math.abs((long) index)));
      try {
        int at = text.offsetByCodePoints(index < 0 ? text.length() : 0, index);
        return at == text.length() ? null : Character.toString(text.codePointAt(at));
      } catch (IndexOutOfBoundsException e) {
        return null;
      }
    }
    List<Object> items = Sequences.indexed(owner);
    if (items == null) {
      return null;
    }
    int at = index < 0 ? index + items.size() : index;
    return at < 0 || at >= items.size() ? null : items.get(at);
  }

  /** An attribute or method of the value itself, or null. */
  private static Object ownAttribute(Object owner, String name, Rendering rendering) {
    if (Markup.unwrap(owner) instanceof String text) {
      return StringMethods.of(text, name, rendering.budget());
    } else if (owner instanceof Dict dict) {
      return Methods.of(dict, name, rendering.budget());
    } else if (owner instanceof Tuple tuple && tuple.named(name) != null) {
      return tuple.named(name);
    } else if (owner instanceof List<?> || owner instanceof Tuple) {
      return Methods.of(owner, name, rendering.budget());
    } else if (owner instanceof Namespace namespace) {
      return namespace.get(name);
    } else if (owner instanceof Loop loop) {
      return loop.attribute(name, rendering.budget());
    } else if (owner instanceof Macro macro) {
      return macro.attribute(name);
    }
    return null;
  }
}
