package dev.bookend.grammar;

import dev.bookend.grammar.Regex.Either;
import dev.bookend.grammar.Regex.One;
import dev.bookend.grammar.Regex.Repeated;
import dev.bookend.grammar.Regex.Sequence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * Strings, as a nondeterministic automaton. A position takes one character, and others may follow
 * it; from each of them the end can be reached. The position {@link #end} stands for the end.
 */
final class Nfa {
  private static final int MOST_POSITIONS = 3000;

  private final List<CharSet> characters;
  private final List<BitSet> following;
  private final BitSet first;

  /**
   * @param following the positions behind each position, and behind nothing as the last element
   */
  private Nfa(List<CharSet> characters, List<BitSet> following, Costs costs) {
    this.characters = characters;
    this.following = following;
    prune(costs);
    this.first = following.get(characters.size());
  }

  /** Leaves out positions from which the end cannot be reached. */
  private void prune(Costs costs) {
    BitSet live = new BitSet();
    live.set(end());
    boolean changed = true;
    while (changed) {
      changed = false;
      costs.steps((long) end() * (2 + end() / 64) / 2);
      // Most positions come behind those that follow them.
      for (int position = 0; position < end(); position++) {
        if (!live.get(position)
            && !characters.get(position).isEmpty()
            && following.get(position).intersects(live)) {
          live.set(position);
          changed = true;
        }
      }
    }
    following.forEach(positions -> positions.and(live));
  }

  /**
   * The automaton of an expression.
   *
   * @throws IllegalArgumentException if it would be too large
   */
  static Nfa of(Regex regex, Costs costs) {
    return new Builder(costs).build(regex);
  }

  int end() {
    return characters.size();
  }

  /** The positions that a string may begin at; empty: there is no string. */
  BitSet first() {
    return first;
  }

  BitSet following(int position) {
    return following.get(position);
  }

  CharSet characters(int position) {
    return characters.get(position);
  }

  /**
   * The strings that are also in another automaton.
   *
   * @throws IllegalArgumentException if it would be too large
   */
  Nfa and(Nfa other, Costs costs) {
    int width = other.end() + 1;
    if ((long) end() * other.end() > MOST_POSITIONS) {
      throw new IllegalArgumentException("patterns that all hold are too large together");
    }
    List<CharSet> both = new ArrayList<>();
    List<BitSet> behind = new ArrayList<>();
    for (int i = 0; i < end(); i++) {
      for (int j = 0; j < other.end(); j++) {
        CharSet characters = characters(i).and(other.characters(j));
        costs.steps(characters(i).ranges() + other.characters(j).ranges());
        costs.steps((long) following(i).cardinality() * other.following(j).cardinality());
        BitSet pairs = pairs(following(i), other, other.following(j), width);
        costs.bytes(100 + 8L * characters.ranges() + pairs.size() / 8);
        both.add(characters);
        behind.add(pairs);
      }
    }
    behind.add(pairs(first, other, other.first, width));
    return new Nfa(both, behind, costs);
  }

  private BitSet pairs(BitSet mine, Nfa other, BitSet theirs, int width) {
    BitSet pairs = new BitSet();
    for (int i = mine.nextSetBit(0); i >= 0; i = mine.nextSetBit(i + 1)) {
      for (int j = theirs.nextSetBit(0); j >= 0; j = theirs.nextSetBit(j + 1)) {
        if (i < end() && j < other.end()) {
          pairs.set(i * (width - 1) + j);
        } else if (i == end() && j == other.end()) {
          pairs.set(end() * other.end());
        }
      }
    }
    return pairs;
  }

  /**
   * Thompson's construction, from the end to the beginning; empty steps are taken out at the end.
   */
  private static final class Builder {
    /** Of a state that takes a character; null: it takes none. */
    private final List<CharSet> takes = new ArrayList<>();

    private final List<List<Integer>> next = new ArrayList<>();
    private final Costs costs;
    private int parts;

    Builder(Costs costs) {
      this.costs = costs;
    }

    Nfa build(Regex regex) {
      int accept = state(null, List.of());
      int begin = build(regex, accept);
      int[] position = new int[takes.size()];
      List<CharSet> characters = new ArrayList<>();
      for (int state = 0; state < takes.size(); state++) {
        position[state] = characters.size();
        if (takes.get(state) != null) {
          characters.add(takes.get(state));
        }
      }
      if (characters.size() > MOST_POSITIONS) {
        throw tooLarge();
      }
      List<BitSet> following = new ArrayList<>();
      for (int state = 0; state < takes.size(); state++) {
        if (takes.get(state) != null) {
          following.add(closure(next.get(state).get(0), accept, position, characters.size()));
        }
      }
      following.add(closure(begin, accept, position, characters.size()));
      return new Nfa(characters, following, costs);
    }

    private BitSet closure(int from, int accept, int[] position, int end) {
      BitSet closure = new BitSet();
      BitSet seen = new BitSet();
      Deque<Integer> open = new ArrayDeque<>(List.of(from));
      while (!open.isEmpty()) {
        int state = open.pop();
        if (seen.get(state)) {
          continue;
        }
        seen.set(state);
        costs.steps(1);
        if (state == accept) {
          closure.set(end);
        } else if (takes.get(state) != null) {
          closure.set(position[state]);
        } else {
          open.addAll(next.get(state));
        }
      }
      costs.bytes(60 + closure.size() / 8);
      return closure;
    }

    private int state(CharSet characters, List<Integer> behind) {
      takes.add(characters);
      next.add(new ArrayList<>(behind));
      return takes.size() - 1;
    }

    private int build(Regex regex, int behind) {
      costs.steps(10);
      if (++parts > 8 * MOST_POSITIONS) {
        throw tooLarge();
      }
      if (regex instanceof One one) {
        return state(one.characters(), List.of(behind));
      }
      if (regex instanceof Sequence sequence) {
        int begin = state(null, List.of(behind));
        for (int i = sequence.parts().size() - 1; i >= 0; i--) {
          begin = build(sequence.parts().get(i), begin);
        }
        return begin;
      }
      if (regex instanceof Either either) {
        return state(null, either.parts().stream().map(part -> build(part, behind)).toList());
      }
      Repeated repeated = (Repeated) regex;
      int begin = behind;
      if (repeated.max() == Repeated.UNBOUNDED) {
        begin = state(null, List.of(behind));
        next.get(begin).add(build(repeated.part(), begin));
      } else {
        for (int i = repeated.min(); i < repeated.max(); i++) {
          begin = state(null, List.of(behind, build(repeated.part(), begin)));
        }
      }
      for (int i = 0; i < repeated.min(); i++) {
        begin = build(repeated.part(), begin);
      }
      return begin;
    }

    private static IllegalArgumentException tooLarge() {
      return new IllegalArgumentException(
          "the regular expression is too large once its repetitions are written out");
    }
  }
}
