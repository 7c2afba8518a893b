package dev.bookend.speculation.lookup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.ObservedTokens;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The drafters that look up what followed the same tokens before. */
class LookupDraftersTest {
  private static final int MANY = 100;

  private static DraftTree propose(Drafter drafter, int root) {
    DraftTree tree = new DraftTree(root, MANY, MANY);
    drafter.propose(tree);
    return tree;
  }

  /** The likeliest branch. */
  private static List<Integer> branch(DraftTree tree) {
    List<Integer> branch = new ArrayList<>();
    int at = DraftTree.ROOT;
    while (at != DraftTree.NONE) {
      int best = DraftTree.NONE;
      for (int node = 1; node < tree.size(); node++) {
        if (tree.parent(node) == at
            && (best == DraftTree.NONE || tree.probability(node) > tree.probability(best))) {
          best = node;
        }
      }
      if (best != DraftTree.NONE) {
        branch.add(tree.token(best));
      }
      at = best;
    }
    return branch;
  }

  @Test
  void ngramProposesWhatFollowedTheLastPlaceWithTheSameTokens() {
    Drafter drafter = new NgramDrafter(3);
    drafter.observe(new ObservedTokens(0, 1, 2, 3, 40, 1, 2, 3, 50, 51, 1, 2));
    assertEquals(List.of(50, 51, 1, 2, 3), branch(propose(drafter, 3)));
    assertEquals(List.of(), branch(propose(drafter, 4)));
  }

  @Test
  void ngramProposesTenTokensAtMost() {
    Drafter drafter = new NgramDrafter(3);
    drafter.observe(new ObservedTokens(0, IntStream.rangeClosed(1, 20).toArray()));
    drafter.observe(new ObservedTokens(20, 1, 2));
    assertEquals(List.of(4, 5, 6, 7, 8, 9, 10, 11, 12, 13), branch(propose(drafter, 3)));
  }

  @Test
  void ngramForgetsWhatIsNoLongerPartOfTheText() {
    Drafter drafter = new NgramDrafter(3);
    drafter.observe(new ObservedTokens(0, 1, 2, 3, 40, 9, 9));
    drafter.observe(new ObservedTokens(2, 7, 1, 2));
    assertEquals(List.of(), branch(propose(drafter, 3)));
  }

  @Test
  void suffixProposesWhatFollowedTheLongestSuffixAndGoesOn() {
    Drafter drafter = new SuffixDrafter();
    drafter.observe(new ObservedTokens(0, 1, 2, 3, 4, 5, 6, 8, 2, 3, 7, 1, 2));
    assertEquals(List.of(4, 5, 6, 8), branch(propose(drafter, 3)).subList(0, 4));
  }

  @Test
  void suffixOffersSeveralContinuationsTheMoreFrequentFirst() {
    Drafter drafter = new SuffixDrafter();
    drafter.observe(new ObservedTokens(0, 1, 2, 10, 1, 2, 20, 1, 2, 20, 1, 2, 30, 1));
    DraftTree tree = propose(drafter, 2);
    double often = tree.probability(tree.child(DraftTree.ROOT, 20));
    double once = tree.probability(tree.child(DraftTree.ROOT, 10));
    assertTrue(often > once, often + " and " + once);
    assertEquals(once, tree.probability(tree.child(DraftTree.ROOT, 30)), 1e-9);
    assertTrue(often + 2 * once <= 1);
  }

  @Test
  void suffixProposesNothingAfterATokenNeverSeen() {
    Drafter drafter = new SuffixDrafter();
    drafter.observe(new ObservedTokens(0, 1, 2, 3, 1, 2, 3));
    assertEquals(1, propose(drafter, 9).size());
  }

  @Test
  void ngramIsSurerOfWhatFollowsItsFirstTokenAndRemembersNoProposal() {
    Drafter drafter = new NgramDrafter(3);
    drafter.observe(new ObservedTokens(0, 1, 2, 3, 40, 50, 1, 2));
    for (int i = 0; i < 2; i++) {
      DraftTree tree = propose(drafter, 3);
      assertEquals(List.of(40, 50, 1, 2, 3), branch(tree));
      assertTrue(tree.probability(1) < tree.probability(2));
    }
  }

  /** By the formula in {@link Continuations}: two suffixes occurred before, 1 2 and 2. */
  @Test
  void shorterSuffixesAddToWhatFollowedTheLongest() {
    Drafter drafter = new SuffixDrafter();
    drafter.observe(new ObservedTokens(0, 1, 2, 10, 9, 2, 10, 8, 2, 20, 1));
    DraftTree tree = propose(drafter, 2);
    double longest = 1 * 0.75 / (1 * 0.75 + 1);
    double shorter = (1 - longest) * 3 * 0.5 / (3 * 0.5 + 2);
    assertEquals(longest + shorter * 2 / 3, tree.probability(tree.child(DraftTree.ROOT, 10)), 1e-9);
    assertEquals(shorter / 3, tree.probability(tree.child(DraftTree.ROOT, 20)), 1e-9);
  }

  @Test
  void aTreeWithLittleRoomTakesTheLikeliestTokens() {
    Drafter drafter = new SuffixDrafter();
    drafter.observe(new ObservedTokens(0, 2, 10, 5, 2, 20, 6, 2, 20, 6, 2, 20, 6, 7));
    DraftTree tree = new DraftTree(2, 2, MANY);
    drafter.propose(tree);
    assertEquals(List.of(20, 6), List.of(tree.token(1), tree.token(2)));
    assertEquals(1, tree.parent(2));
  }
}
