package dev.bookend.speculation.retrieval;

import com.google.common.base.Suppliers;
import com.google.common.hash.Hashing;
import dev.bookend.background.Background;
import dev.bookend.speculation.lookup.Context;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Earlier texts, indexed so that for any sequence of tokens it is found quickly what followed it
 * and how often. Immutable; safe for use by several threads. One datastore serves all sessions of a
 * model.
 *
 * <p>The index is a suffix array (Manber and Myers 1990): the places of all tokens, sorted by the
 * tokens from the place on, so that places with the same tokens lie side by side.
 */
public final class RetrievalDatastore {
  /** Stands behind each text. */
  private static final int END = -1;

  /** Places are sorted by so many tokens; longer contexts are not distinguished. */
  private static final int DEEPEST = 32;

  private static final int PLACE_BITS = 22;
  private static final int TOKEN_BITS = 20;

  /** The number of tokens of all texts at most, ends of texts among them; the last are kept. */
  public static final int MOST_TOKENS = 1 << PLACE_BITS;

  /** Of a context that more different tokens follow, only so many are given: none is probable. */
  private static final int MANY = 128;

  private final int[] text;

  /** Sorted on a thread of its own, not before it is known that something will be looked for. */
  private final Supplier<Background<int[]>> places;

  private RetrievalDatastore(int[] text) {
    this.text = text;
    this.places = Suppliers.memoize(() -> Background.begin("bookend-retrieval", this::sorted));
  }

  /** Begins to sort in the background, so that the first search need not wait as long. */
  void prepare() {
    Background<int[]> unused = places.get();
  }

  private int[] places() {
    return places.get().result();
  }

  private int[] sorted() {
    int[] sorted = new int[text.length];
    Arrays.setAll(sorted, place -> place);
    sort(sorted, 0, sorted.length, 0);
    return sorted;
  }

  /**
   * Indexes texts. Where they have too many tokens, the first texts are left out.
   *
   * @param texts the token ids of each text, the oldest text first; ids are below 2^20 - 1
   * @throws IllegalArgumentException if an id is negative or larger than that
   */
  public static RetrievalDatastore of(List<int[]> texts) {
    int room = MOST_TOKENS;
    int first = texts.size();
    while (first > 0 && texts.get(first - 1).length + 1 <= room) {
      first--;
      room -= texts.get(first).length + 1;
    }
    int[] all = new int[MOST_TOKENS - room];
    int end = 0;
    for (int[] one : texts.subList(first, texts.size())) {
      if (Arrays.stream(one).anyMatch(token -> token < 0 || token + 1 >= 1 << TOKEN_BITS)) {
        throw new IllegalArgumentException("a text holds a number that is not a token id");
      }
      System.arraycopy(one, 0, all, end, one.length);
      end += one.length;
      all[end++] = END;
    }
    return new RetrievalDatastore(all);
  }

  /** Number of tokens, ends of texts among them. */
  public int size() {
    return text.length;
  }

  /** Hex SHA-256 of the texts: datastores with the same fingerprint give the same draft tokens. */
  public String fingerprint() {
    ByteBuffer bytes = ByteBuffer.allocate(text.length * Integer.BYTES);
    bytes.asIntBuffer().put(text);
    return Hashing.sha256().hashBytes(bytes.array()).toString();
  }

  /** Sorts places with the same tokens up to a depth by the two tokens there, then by the rest. */
  private void sort(int[] sorted, int from, int to, int depth) {
    if (to - from < 2 || depth >= DEEPEST) {
      return;
    }
    long[] keys = new long[to - from];
    for (int i = from; i < to; i++) {
      int at = sorted[i] + depth;
      long two = (long) (token(at) + 1) << TOKEN_BITS | (token(at + 1) + 1);
      keys[i - from] = two << PLACE_BITS | sorted[i];
    }
    Arrays.sort(keys);
    for (int i = from, group = from; i < to; i++) {
      sorted[i] = (int) (keys[i - from] & (MOST_TOKENS - 1));
      boolean last = i + 1 == to;
      if (last || keys[i - from] >> PLACE_BITS != keys[i + 1 - from] >> PLACE_BITS) {
        sort(sorted, group, i + 1, depth + 2);
        group = i + 1;
      }
    }
  }

  private int token(int place) {
    return place < text.length ? text[place] : END;
  }

  /**
   * The longest suffix of a text that occurs in the datastore.
   *
   * @param last the last tokens of the text; more than 32 are not looked at
   */
  Context longestSuffix(int[] last) {
    int most = Math.min(last.length, DEEPEST);
    Match longest = new Match(0, text.length, 0);
    for (int length = 1; length <= most; length++) {
      Match match = find(last, last.length - length, length);
      if (match.count() == 0) {
        return longest;
      }
      longest = match;
    }
    return longest;
  }

  private Match find(int[] tokens, int from, int length) {
    Match match = new Match(0, text.length, 0);
    for (int i = 0; i < length && match.count() > 0; i++) {
      match = match.narrow(tokens[from + i]);
    }
    return match;
  }

  /**
   * Places {@code [from,to)} of the suffix array, at which the same {@code length} tokens begin.
   */
  private final class Match implements Context {
    private final int from;
    private final int to;
    private final int length;

    Match(int from, int to, int length) {
      this.from = from;
      this.to = to;
      this.length = length;
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public int count() {
      return to - from;
    }

    /** The places of these at which a token comes next. */
    Match narrow(int token) {
      int start = firstAbove(from, token - 1);
      return new Match(start, firstAbove(start, token), length + 1);
    }

    /** The first index from which on the next tokens are larger than this one. */
    private int firstAbove(int start, int token) {
      int[] sorted = places();
      int low = start;
      int high = to;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (token(sorted[middle] + length) > token) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      return low;
    }

    @Override
    public Map<Integer, Match> next() {
      Map<Integer, Match> next = new HashMap<>();
      if (length >= DEEPEST) {
        return next;
      }
      for (int at = firstAbove(from, END); at < to && next.size() <= MANY; ) {
        int token = token(places()[at] + length);
        int end = firstAbove(at, token);
        next.put(token, new Match(at, end, length + 1));
        at = end;
      }
      return next;
    }

    @Override
    public Optional<Match> next(int token) {
      return length >= DEEPEST
          ? Optional.empty()
          : Optional.of(narrow(token)).filter(match -> match.count() > 0);
    }

    @Override
    public Context link() {
      for (int shorter = length - 1; shorter > 0; shorter--) {
        Match match = find(text, places()[from] + length - shorter, shorter);
        if (match.count() > count()) {
          return match;
        }
      }
      return new Match(0, text.length, 0);
    }
  }
}
