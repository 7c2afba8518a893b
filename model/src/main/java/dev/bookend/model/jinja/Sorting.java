package dev.bookend.model.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Stable sorting by Python's {@code <}. */
final class Sorting {
  private Sorting() {}

  static <T> void sort(List<T> items, Function<T, Object> key, boolean reverse, Budget budget) {
    record Keyed<T>(Object key, T item) {}
    List<Keyed<T>> keyed = new ArrayList<>(items.size());
    items.forEach(item -> keyed.add(new Keyed<>(key.apply(item), item)));
    budget.items(items.size());
    // Equal ones keep their order in reverse, too.
    try {
      keyed.sort(
          (a, b) -> {
            budget.read(8);
            Integer order = Comparison.order(a.key(), b.key(), "<", budget);
            int sign = order == null ? 0 : order;
            return reverse ? -sign : sign;
          });
    } catch (IllegalArgumentException e) {
      throw Fault.of("values that have no order among each other cannot be sorted");
    }
    for (int i = 0; i < keyed.size(); i++) {
      items.set(i, keyed.get(i).item());
    }
  }
}
