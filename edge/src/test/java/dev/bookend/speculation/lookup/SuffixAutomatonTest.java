package dev.bookend.speculation.lookup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.speculation.lookup.SuffixAutomaton.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Compared with a search through the text. */
class SuffixAutomatonTest {
  private static SuffixAutomaton of(List<Integer> text) {
    SuffixAutomaton automaton = new SuffixAutomaton();
    text.forEach(automaton::append);
    return automaton;
  }

  private static int places(List<Integer> text, List<Integer> part) {
    int places = 0;
    for (int at = 0; at + part.size() <= text.size(); at++) {
      places += text.subList(at, at + part.size()).equals(part) ? 1 : 0;
    }
    return places;
  }

  @Property
  void findsTheLongestSuffixAndWhatFollowedItHowOften(
      @ForAll @Size(max = 30) List<@IntRange(max = 3) Integer> text,
      @ForAll @IntRange(max = 3) int token) {
    List<Integer> all = new ArrayList<>(text);
    all.add(token);
    List<Integer> longest = List.of();
    for (int from = 0; from < all.size() && longest.isEmpty(); from++) {
      List<Integer> suffix = all.subList(from, all.size());
      longest = Collections.indexOfSubList(text, suffix) < 0 ? List.of() : suffix;
    }
    State state = of(text).longestSuffix(token);

    assertTrue(state.length() >= longest.size());
    assertEquals(longest.isEmpty(), state.length() == 0);
    if (!longest.isEmpty()) {
      assertEquals(places(text, longest), state.count());
      Map<Integer, Integer> followers = new HashMap<>();
      for (int at = 0; at + longest.size() < text.size(); at++) {
        if (text.subList(at, at + longest.size()).equals(longest)) {
          followers.merge(text.get(at + longest.size()), 1, Integer::sum);
        }
      }
      Map<Integer, Integer> counted = new HashMap<>();
      state.next().forEach((next, longer) -> counted.put(next, longer.count()));
      assertEquals(followers, counted);
    }
  }
}
