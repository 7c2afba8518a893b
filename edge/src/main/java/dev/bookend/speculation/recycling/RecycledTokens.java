package dev.bookend.speculation.recycling;

import dev.bookend.model.runtime.TokenScore.Scored;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The model's most probable tokens behind a token, and behind two, as they were in the last place
 * where these stood. What was met longest ago is forgotten. Not thread-safe.
 */
final class RecycledTokens {
  /** About 200 bytes each. */
  private static final int MOST = 16_384;

  private static final int ANY = -1;

  private final Map<Long, List<Scored>> rows = new LinkedHashMap<>(64, 0.75f, true);

  /** How much of what the model thinks is known to depend on. */
  enum Kind {
    AFTER_TWO,
    AFTER_ONE
  }

  /** What is known of a place; of an unknown one, no tokens. */
  record Known(Kind kind, List<Scored> tokens) {}

  /**
   * What followed two tokens, or, where they were never met, the second of them.
   *
   * @param before the token before the last, or -1
   */
  Known after(int before, int last) {
    List<Scored> both = rows.get(key(before, last));
    return both != null && before != ANY
        ? new Known(Kind.AFTER_TWO, both)
        : new Known(Kind.AFTER_ONE, rows.getOrDefault(key(ANY, last), List.of()));
  }

  /** Takes note of the most probable tokens behind two tokens. */
  void put(int before, int last, List<Scored> tokens) {
    rows.put(key(before, last), tokens);
    rows.put(key(ANY, last), tokens);
    while (rows.size() > MOST) {
      rows.remove(rows.keySet().iterator().next());
    }
  }

  private static long key(int before, int last) {
    return (long) before << 32 | last;
  }
}
