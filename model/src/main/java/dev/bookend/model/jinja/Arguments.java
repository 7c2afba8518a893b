package dev.bookend.model.jinja;

import java.util.List;
import java.util.Map;

/**
 * What a function, filter or test is called with.
 *
 * @param named in their order
 */
record Arguments(List<Object> positional, Map<String, Object> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  static Arguments of(Object... positional) {
    return new Arguments(List.of(positional), Map.of());
  }

  /**
   * The values of parameters.
   *
   * @param required how many of them must be given
   * @return one for each name; null where it is not given
   */
  Object[] bind(int required, String... names) {
    if (positional.size() > names.length) {
      throw Fault.of("a call has more than " + names.length + " arguments");
    }
    Object[] values = new Object[names.length];
    int taken = 0;
    for (int i = 0; i < names.length; i++) {
      Object byName = named.get(names[i]);
      if (byName != null) {
        taken++;
      }
      if (i < positional.size()) {
        if (byName != null) {
          throw Fault.of("the argument '" + names[i] + "' is given twice");
        }
        values[i] = positional.get(i);
      } else {
        values[i] = byName;
      }
      if (i < required && values[i] == null) {
        throw Fault.of("the argument '" + names[i] + "' is missing");
      }
    }
    if (taken < named.size()) {
      throw Fault.of("a call has an argument of a name that is not known there");
    }
    return values;
  }

  /** These without the first one. */
  Arguments rest() {
    return new Arguments(positional.subList(1, positional.size()), named);
  }
}
