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
  /** Two of them share their tokens: together some 250 bytes. */
  private static final int MOST_KEYS = 16_384;

  private static final int ANY = -1;
  private static final long[] NONE = {};

  private final Map<Long, long[]> rows = new LinkedHashMap<>(64, 0.75f, true);

  /** How much of what the model thinks is known to depend on. */
  enum Kind {
    AFTER_TWO,
    AFTER_ONE
  }

  /** What is known of a place, the most probable token first; of an unknown one, no tokens. */
  static final class Known {
    private final Kind kind;
    private final long[] row;

    private Known(Kind kind, long[] row) {
      this.kind = kind;
      this.row = row;
    }

    Kind kind() {
      return kind;
    }

    int size() {
      return row.length;
    }

    int token(int rank) {
      return (int) (row[rank] >> 32);
    }

    /** The probability that it had. */
    double probability(int rank) {
      return Math.exp(Float.intBitsToFloat((int) row[rank]));
    }
  }

  /**
   * What followed two tokens, or, where they were never met, the second of them.
   *
   * @param before the token before the last, or -1
   */
  Known after(int before, int last) {
    long[] both = before == ANY ? null : rows.get(key(before, last));
    return both != null
        ? new Known(Kind.AFTER_TWO, both)
        : new Known(Kind.AFTER_ONE, rows.getOrDefault(key(ANY, last), NONE));
  }

  /** Takes note of the most probable tokens behind two tokens. */
  void put(int before, int last, List<Scored> tokens) {
    long[] row =
        tokens.stream()
            .mapToLong(
                scored ->
                    (long) scored.token() << 32
                        | Integer.toUnsignedLong(Float.floatToIntBits(scored.logProbability())))
            .toArray();
    rows.put(key(before, last), row);
    rows.put(key(ANY, last), row);
    while (rows.size() > MOST_KEYS) {
      rows.remove(rows.keySet().iterator().next());
    }
  }

  private static long key(int before, int last) {
    return (long) before << 32 | last;
  }
}
