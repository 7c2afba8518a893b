package dev.bookend.speculation.lookahead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.VerifiedTree;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Lookahead against a model that looks at nothing but the last token. */
class LookaheadDrafterTest {
  private static final int COLUMNS = 4;
  private static final int N = 4;
  private static final int VOCABULARY = 97;

  private final Drafter drafter = new LookaheadDrafter(COLUMNS, N, COLUMNS);
  private final List<Integer> text = new ArrayList<>(List.of(5, 6, 7, 8));

  private static int next(int token) {
    return (token * 5 + 3) % VOCABULARY; // 96 tokens before it comes back
  }

  /** One round trip; returns the tree that was proposed. */
  private DraftTree step() {
    DraftTree tree = new DraftTree(text.get(text.size() - 1), 100, 100);
    drafter.propose(tree);
    int[] sentAs = new int[tree.size()];
    TokenChoice[] choices = new TokenChoice[tree.size()];
    boolean[] accepted = new boolean[tree.size()];
    for (int node = 0; node < tree.size(); node++) {
      sentAs[node] = node;
      choices[node] = new TokenChoice(next(tree.token(node)), 1, Float.NaN, List.of());
      accepted[node] =
          node == DraftTree.ROOT
              || (accepted[tree.parent(node)]
                  && tree.token(node) == next(tree.token(tree.parent(node))));
    }
    drafter.verified(new VerifiedTree(sentAs, choices, accepted));
    int root = text.size() - 1;
    int node = DraftTree.ROOT;
    while (node != DraftTree.NONE) {
      text.add(choices[node].token());
      node = tree.child(node, choices[node].token());
    }
    drafter.observe(
        new ObservedTokens(
            root,
            text.subList(root, text.size() - 1).stream().mapToInt(Integer::intValue).toArray()));
    return tree;
  }

  @Test
  void theWindowFillsRowByRowAndIsATreeOfColumnsBelowTheFirstRow() {
    drafter.observe(new ObservedTokens(0, 5, 6, 7));
    for (int rows = 1; rows < N; rows++) {
      DraftTree tree = step();
      int probes = 0;
      int deepest = 0;
      for (int node = 1; node < tree.size(); node++) {
        probes += tree.isProbe(node) ? 1 : 0;
        deepest = Math.max(deepest, tree.isProbe(node) ? tree.depth(node) : 0);
      }
      assertTrue(probes <= rows * COLUMNS, "equal nodes are one");
      assertTrue(probes >= COLUMNS, "the first row");
      assertEquals(COLUMNS + rows - 1, deepest, "the last column hangs below the first row's end");
    }
  }

  /** The text never repeats itself: all draft tokens come from the lookahead branch. */
  @Test
  void nGramsOfTheTextToComeAreMadeBeforeItComes() {
    drafter.observe(new ObservedTokens(0, 5, 6, 7));
    int roundTrips = 0;
    while (text.size() < 80) {
      step();
      roundTrips++;
    }
    for (int i = 4; i < 80; i++) {
      assertEquals(next(text.get(i - 1)), text.get(i));
    }
    assertTrue(roundTrips < 70, "round trips: " + roundTrips);
  }

  @Test
  void thePoolKeepsTheNewestOfTheNGramsThatBeginAlike() {
    NgramPool pool = new NgramPool(2);
    pool.add(new int[] {1, 2, 3});
    pool.add(new int[] {1, 4, 5});
    pool.add(new int[] {1, 2, 3});
    pool.add(new int[] {1, 6, 7});
    DraftTree tree = new DraftTree(1, 100, 100);
    pool.propose(tree);
    assertEquals(5, tree.size());
    assertEquals(6, tree.token(1), "the newest first");
    assertEquals(2, tree.token(3), "what was added again is newer");
  }

  private static DraftTree propose(Drafter drafter, int root) {
    DraftTree tree = new DraftTree(root, 100, 100);
    drafter.propose(tree);
    return tree;
  }

  /** The probes of a window that has one row yet. */
  private static List<Integer> firstRow(DraftTree tree) {
    return IntStream.range(1, tree.size()).filter(tree::isProbe).mapToObj(tree::token).toList();
  }

  @Test
  void theWindowMovesOnWithTheText() {
    drafter.observe(new ObservedTokens(0, 5, 6, 7, 8, 9, 10, 11, 12, 13));
    List<Integer> before = firstRow(propose(drafter, 1));
    assertEquals(COLUMNS, before.size());
    assertTrue(before.stream().distinct().count() > 1, "the row is the same when moved: " + before);
    drafter.observe(new ObservedTokens(9, 14, 15, 16));
    List<Integer> after = firstRow(propose(drafter, 1));
    assertEquals(before.subList(2, COLUMNS), after.subList(0, COLUMNS - 2));
  }

  @Test
  void nGramsOfTheTextAreProposedToo() {
    drafter.observe(new ObservedTokens(0, 1, 2, 3, 4, 5));
    drafter.observe(new ObservedTokens(3, 6, 7));
    DraftTree tree = propose(drafter, 2);
    int node = DraftTree.ROOT;
    for (int token : new int[] {3, 6, 7}) {
      node = tree.child(node, token);
      assertTrue(node != DraftTree.NONE && tree.probability(node) > 0, "token " + token);
    }
  }
}
