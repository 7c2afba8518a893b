package dev.bookend.training;

import java.util.Comparator;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Which tokens a draft head learns to tell apart. */
final class Shortlists {
  private Shortlists() {}

  /** The tokens of some texts, the most frequent first, then others; as many as the others are. */
  static int[] likely(IntStream texts, int... others) {
    Map<Integer, Long> counts =
        texts.boxed().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    IntStream frequent =
        counts.keySet().stream()
            .sorted(Comparator.comparingLong(token -> -counts.get(token)))
            .mapToInt(Integer::intValue);
    return IntStream.concat(frequent, IntStream.of(others))
        .distinct()
        .limit(others.length)
        .toArray();
  }
}
