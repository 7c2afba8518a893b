package dev.bookend.speculation.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.speculation.lookup.Context;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Compared with a search through the texts. */
class RetrievalDatastoreTest {
  private static final int SMALL = 3;

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(token -> token).toArray();
  }

  /** How often each token follows some tokens in the texts; under -1: how often a text ends. */
  private static Map<Integer, Integer> followers(List<List<Integer>> texts, List<Integer> part) {
    Map<Integer, Integer> followers = new HashMap<>();
    for (List<Integer> text : texts) {
      for (int at = 0; at + part.size() <= text.size(); at++) {
        int end = at + part.size();
        if (text.subList(at, end).equals(part)) {
          followers.merge(end < text.size() ? text.get(end) : -1, 1, Integer::sum);
        }
      }
    }
    return followers;
  }

  private static void check(List<List<Integer>> texts, List<Integer> part, Context context) {
    Map<Integer, Integer> expected = followers(texts, part);
    assertEquals(expected.values().stream().mapToInt(n -> n).sum(), context.count());
    expected.remove(-1);
    Map<Integer, Integer> counted = new HashMap<>();
    context.next().forEach((token, next) -> counted.put(token, next.count()));
    assertEquals(expected, counted, part.toString());
  }

  @Property
  void findsTheLongestSuffixAndWhatFollowedItAndItsOwnSuffixes(
      @ForAll @Size(max = 6) List<@Size(max = 12) List<@IntRange(max = SMALL) Integer>> texts,
      @ForAll @Size(min = 1, max = 6) List<@IntRange(max = SMALL) Integer> last) {
    RetrievalDatastore datastore =
        RetrievalDatastore.of(texts.stream().map(RetrievalDatastoreTest::ints).toList());
    Context context = datastore.longestSuffix(ints(last));
    for (int length = last.size(); length > context.length(); length--) {
      assertEquals(Map.of(), followers(texts, last.subList(last.size() - length, last.size())));
    }
    int count = 0;
    while (context.length() > 0) {
      check(texts, last.subList(last.size() - context.length(), last.size()), context);
      assertTrue(context.count() > count);
      count = context.count();
      Context link = context.link();
      for (int length = context.length() - 1; length > link.length(); length--) {
        List<Integer> suffix = last.subList(last.size() - length, last.size());
        assertEquals(
            count, followers(texts, suffix).values().stream().mapToInt(n -> n).sum(), "skipped");
      }
      context = link;
    }
  }

  @Property
  void goesOnFromPlaceToPlace(
      @ForAll @Size(min = 8, max = 60) List<@IntRange(max = SMALL) Integer> text,
      @ForAll @IntRange(max = 4) int start) {
    RetrievalDatastore datastore = RetrievalDatastore.of(List.of(ints(text)));
    Context context = datastore.longestSuffix(ints(text.subList(start, start + 1)));
    for (int end = start + 1; end < text.size() && end - start < 32; end++) {
      check(List.of(text), text.subList(start, end), context);
      context = context.next().get(text.get(end));
    }
  }

  @Test
  void theLatestTextsAreKept() {
    int[] half = new Random(1).ints(RetrievalDatastore.MOST_TOKENS / 2, 10, 1000).toArray();
    half[0] = 5;
    int[] other = half.clone();
    other[0] = 6;
    RetrievalDatastore datastore =
        RetrievalDatastore.of(List.of(new int[] {7}, half, other, new int[] {8}));
    assertTrue(datastore.size() < RetrievalDatastore.MOST_TOKENS);
    assertEquals(
        List.of(0, 0, 1, 1),
        Arrays.stream(new int[] {7, 5, 6, 8})
            .mapToObj(token -> datastore.longestSuffix(new int[] {token}).length())
            .toList());
  }

  @Test
  void whatIsNoTokenIdIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> RetrievalDatastore.of(List.of(new int[] {-1})));
    assertThrows(
        IllegalArgumentException.class, () -> RetrievalDatastore.of(List.of(new int[] {1 << 20})));
  }

  @Test
  void theFingerprintIsThatOfTheTextsAndTheirBorders() {
    String one = RetrievalDatastore.of(List.of(new int[] {1, 2, 3})).fingerprint();
    assertEquals(64, one.length());
    assertEquals(one, RetrievalDatastore.of(List.of(new int[] {1, 2, 3})).fingerprint());
    RetrievalDatastore two = RetrievalDatastore.of(List.of(new int[] {1}, new int[] {2, 3}));
    assertNotEquals(one, two.fingerprint());
    assertEquals(5, two.size());
  }
}
