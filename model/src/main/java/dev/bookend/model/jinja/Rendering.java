package dev.bookend.model.jinja;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/** One rendering of a template: its values, its budget, and what there is to call. */
final class Rendering {
  private static final long LONGEST = 1 << 22;

  private final Budget budget = new Budget();
  private final Map<String, Object> globals;
  private final Filters filters = new Filters(this);
  private final Tests tests = new Tests(this);

  Rendering(Map<String, ?> values, Clock clock) {
    globals = new HashMap<>(new Functions(budget, clock).all());
    values.forEach((name, value) -> globals.put(name, Values.of(value, budget)));
  }

  Budget budget() {
    return budget;
  }

  /** Null where there is none. */
  Object global(String name) {
    return globals.get(name);
  }

  /**
   * Applies a filter.
   *
   * @param arguments the filtered value first
   */
  Object filter(String name, Arguments arguments) {
    return filters.apply(name, arguments);
  }

  /**
   * Asks a test.
   *
   * @param arguments the tested value first
   */
  boolean test(String name, Arguments arguments) {
    return tests.holds(name, arguments);
  }

  void requireRoom(long characters) {
    if (characters > LONGEST) {
      throw Fault.of("it prints more than " + LONGEST + " characters");
    }
  }
}
