package dev.bookend.model.jinja;

import java.util.Optional;

/** Jinja's filters, and {@code tojson} as the {@code transformers} library has it. */
final class Filters {
  private final TextFilters texts;
  private final SequenceFilters sequences;
  private final NumberFilters numbers;

  Filters(Rendering rendering) {
    texts = new TextFilters(rendering.budget());
    sequences = new SequenceFilters(rendering);
    numbers = new NumberFilters(rendering.budget());
  }

  /** Whether there is a filter of that name. */
  static boolean exists(String name) {
    return TextFilters.NAMES.contains(name)
        || SequenceFilters.NAMES.contains(name)
        || NumberFilters.NAMES.contains(name);
  }

  /**
   * Applies a filter.
   *
   * @param arguments the filtered value first
   */
  Object apply(String name, Arguments arguments) {
    Object value = arguments.positional().get(0);
    Arguments rest = arguments.rest();
    if (TextFilters.NAMES.contains(name)) {
      return texts.apply(name, value, rest);
    } else if (SequenceFilters.NAMES.contains(name)) {
      return sequences.apply(name, value, rest);
    } else if (NumberFilters.NAMES.contains(name)) {
      return numbers.apply(name, value, rest);
    }
    throw Fault.of("there is no filter '" + name + "'");
  }

  /** An argument, or what stands for it where it is not given. */
  static Object or(Object given, Object otherwise) {
    return Optional.ofNullable(given).orElse(otherwise);
  }

  static boolean flag(Object given, boolean otherwise) {
    return given == null ? otherwise : Types.truth(given);
  }

  static int integer(Object given, int otherwise, String use) {
    return given == null ? otherwise : Types.integer(given, use);
  }
}
