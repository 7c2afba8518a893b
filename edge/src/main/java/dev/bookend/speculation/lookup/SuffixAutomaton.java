package dev.bookend.speculation.lookup;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * All substrings of a text that grows, each with what followed it and how often it occurred.
 * Appending a token takes constant time on average.
 *
 * <p>A suffix automaton (Blumer et al., The Smallest Automaton Recognizing the Subwords of a Text,
 * 1985): a state stands for the substrings that end at the same places; its link leads to the
 * longest of their suffixes that ends at other places too.
 */
final class SuffixAutomaton {
  /**
   * For how many of its own suffixes a suffix that occurs again is counted. Only a text that
   * repeats itself has more of them, and then the longest ones suffice.
   */
  private static final int COUNTED_SUFFIXES = 32;

  private final State start = new State(0);
  private State last = start;

  /** The substrings that end at the same places. */
  static final class State implements Context {
    private final int length;
    private Map<Integer, State> next = new HashMap<>();
    private State link;
    private int count;

    private State(int length) {
      this.length = length;
    }

    /** Length of the longest of the substrings. */
    @Override
    public int length() {
      return length;
    }

    /** The number of places at which they end. */
    @Override
    public int count() {
      return count;
    }

    /** For each token that follows these substrings, the substrings that end with it. */
    @Override
    public Map<Integer, State> next() {
      return next;
    }

    @Override
    public Optional<State> next(int token) {
      return Optional.ofNullable(next.get(token));
    }

    /** The longest suffix that ends at other places too; null for the empty substring. */
    @Override
    public State link() {
      return link;
    }
  }

  /** Appends a token to the text. */
  void append(int token) {
    State whole = new State(last.length + 1);
    State suffix = last;
    while (suffix != null && !suffix.next.containsKey(token)) {
      suffix.next.put(token, whole);
      suffix = suffix.link;
    }
    whole.link = suffix == null ? start : exactly(suffix, token);
    last = whole;
    State counted = whole;
    for (int i = 0; i < COUNTED_SUFFIXES && counted != start; i++) {
      counted.count++;
      counted = counted.link;
    }
  }

  /** The state whose longest substring is that of another state followed by a token. */
  private State exactly(State suffix, int token) {
    State longer = suffix.next.get(token);
    if (longer.length == suffix.length + 1) {
      return longer;
    }
    // Of the substrings that ended at the same places, the shorter ones now end at one more place.
    State shorter = new State(suffix.length + 1);
    shorter.next = new HashMap<>(longer.next);
    shorter.link = longer.link;
    shorter.count = longer.count;
    longer.link = shorter;
    for (State s = suffix; s != null && s.next.get(token) == longer; s = s.link) {
      s.next.put(token, shorter);
    }
    return shorter;
  }

  /**
   * The longest suffix of the text followed by a token that occurs in the text. Looks at the states
   * that {@link #append} of this token would look at.
   */
  State longestSuffix(int token) {
    State suffix = last;
    while (suffix != null && !suffix.next.containsKey(token)) {
      suffix = suffix.link;
    }
    return suffix == null ? start : suffix.next.get(token);
  }
}
