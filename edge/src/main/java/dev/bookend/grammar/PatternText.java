package dev.bookend.grammar;

import java.util.BitSet;
import java.util.Optional;

/**
 * Strings of an automaton, of which the length may be bounded.
 *
 * @param positions where the automaton may be
 * @param count the characters so far, where they count
 */
record PatternText(Language language, BitSet positions, int count) implements Text {
  private static final int MOST_CELLS = 1_000_000;

  /** An automaton with the positions that may be taken after so many characters. */
  static final class Language {
    private final Nfa nfa;
    private final BitSet[] live;

    /** Whether more characters than there are elements are too many. */
    private final boolean bounded;

    private Language(Nfa nfa, int min, int max, Costs costs) {
      this.nfa = nfa;
      this.live = live(nfa, min, max, costs);
      this.bounded = max != LengthText.UNBOUNDED;
    }

    /** The positions of some that may be taken where a number of characters came before. */
    private BitSet among(BitSet positions, int count) {
      BitSet some = (BitSet) positions.clone();
      some.and(live[count]);
      return some;
    }
  }

  /**
   * The strings of an automaton.
   *
   * @param min fewest characters
   * @param max most characters
   * @return empty: there are none
   * @throws IllegalArgumentException if that is too much together
   */
  static Optional<Text> of(Nfa nfa, int min, int max, Costs costs) {
    if (min > max) {
      return Optional.empty();
    }
    Language language = new Language(nfa, min, max, costs);
    BitSet first = language.among(nfa.first(), 0);
    return first.isEmpty() ? Optional.empty() : Optional.of(new PatternText(language, first, 0));
  }

  /** For each number of characters, the positions from which a length that fits can be reached. */
  private static BitSet[] live(Nfa nfa, int min, int max, Costs costs) {
    boolean bounded = max != LengthText.UNBOUNDED;
    if (!bounded && min == 0) {
      BitSet all = new BitSet();
      all.set(0, nfa.end() + 1);
      return new BitSet[] {all};
    }
    int last = bounded ? max : min;
    if ((last + 1L) * (nfa.end() + 1) > MOST_CELLS) {
      throw new IllegalArgumentException(
          "the pattern and the bounds of the length are too large together");
    }
    long cells = (last + 1L) * (nfa.end() + 1);
    costs.bytes((last + 1L) * 60 + cells / 8);
    costs.steps(cells * (1 + nfa.end() / 64) / 4);
    BitSet[] live = new BitSet[last + 1];
    for (int count = last; count >= 0; count--) {
      live[count] = new BitSet();
      live[count].set(nfa.end(), count >= min);
      for (int position = 0; position < nfa.end(); position++) {
        boolean goesOn =
            count == last ? !bounded : nfa.following(position).intersects(live[count + 1]);
        live[count].set(position, goesOn);
      }
    }
    return live;
  }

  @Override
  public Text next(int character) {
    BitSet next = new BitSet();
    for (int at = positions.nextSetBit(0); at >= 0; at = positions.nextSetBit(at + 1)) {
      if (takes(at, character, character)) {
        next.or(language.nfa.following(at));
      }
    }
    int more = language.bounded ? count + 1 : Math.min(count + 1, language.live.length - 1);
    BitSet some = more < language.live.length ? language.among(next, more) : new BitSet();
    return some.isEmpty() ? null : new PatternText(language, some, more);
  }

  private boolean takes(int position, int low, int high) {
    return position < language.nfa.end() && language.nfa.characters(position).meets(low, high);
  }

  @Override
  public boolean takes(int low, int high) {
    return positions.stream().anyMatch(position -> takes(position, low, high));
  }

  @Override
  public boolean mayEnd() {
    return positions.get(language.nfa.end());
  }

  @Override
  public boolean isOfAnyGrammar() {
    return false;
  }

  @Override
  public int bytes() {
    return 100 + positions.size() / 8;
  }

  @Override
  public int work() {
    return 10 + positions.cardinality() * (2 + language.nfa.end() / 64);
  }
}
