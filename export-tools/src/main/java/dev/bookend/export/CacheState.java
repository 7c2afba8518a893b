package dev.bookend.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One half of a layer's KV cache: the graph's input with the old and its output with the new
 * content.
 */
record CacheState(String past, String present) {

  /**
   * The states of layers [from,to), keys before values.
   *
   * <p>Triton sorts the names of inputs and those of outputs, and pairs the names that are at the
   * same place. If the two orders differed, it would mix up layers without an error. So layer
   * numbers are padded with zeros, and the orders are compared here.
   */
  static List<CacheState> of(int from, int to) {
    int digits = Math.max(2, Integer.toString(to - 1).length());
    List<CacheState> states = new ArrayList<>();
    for (int layer = from; layer < to; layer++) {
      String number = String.format(Locale.ROOT, "%0" + digits + "d", layer);
      for (String part : List.of("key", "value")) {
        String name = "." + number + "." + part;
        states.add(new CacheState("past_key_values" + name, "present" + name));
      }
    }
    requireSameOrder(states);
    return states;
  }

  static void requireSameOrder(List<CacheState> states) {
    List<String> past = states.stream().map(CacheState::past).sorted().toList();
    List<String> present = states.stream().map(CacheState::present).sorted().toList();
    for (CacheState state : states) {
      if (past.indexOf(state.past) != present.indexOf(state.present)) {
        throw new IllegalStateException(
            "Triton would pair "
                + state.past
                + " with "
                + present.get(past.indexOf(state.past))
                + ", not with "
                + state.present);
      }
    }
  }
}
