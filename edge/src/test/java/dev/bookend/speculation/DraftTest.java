package dev.bookend.speculation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** From what drafters propose to what is sent and back. */
class DraftTest {
  /** A drafter that always proposes the same and keeps the verdict. */
  private static final class Fixed implements Drafter {
    final Consumer<DraftTree> proposal;
    VerifiedTree verdict;

    Fixed(Consumer<DraftTree> proposal) {
      this.proposal = proposal;
    }

    @Override
    public String name() {
      return "fixed";
    }

    @Override
    public void observe(ObservedTokens committed) {}

    @Override
    public void propose(DraftTree tree) {
      proposal.accept(tree);
    }

    @Override
    public void verified(VerifiedTree given) {
      verdict = given;
    }
  }

  /** Adds a branch below the root, each token as probable as said. */
  private static Consumer<DraftTree> branch(double probability, int... tokens) {
    return tree -> {
      int node = DraftTree.ROOT;
      for (int token : tokens) {
        node = tree.add(node, token, probability);
      }
    };
  }

  /** Has had its first round trip, which goes without guesses. */
  private static DraftMerger measured(List<Drafter> drafters) {
    DraftMerger ensemble = new DraftMerger(drafters, OptionalInt.empty(), Pipeline.AUTO);
    Draft draft = ensemble.draft(1, 10, 10);
    assertEquals(1, draft.size());
    ensemble.verified(draft, new int[] {0}, new int[] {0}, 0.1);
    return ensemble;
  }

  @Test
  void aTreeTakesNoMoreThanItsNodesAndDepth() {
    DraftTree tree = new DraftTree(1, 3, 2);
    int child = tree.add(DraftTree.ROOT, 5, 0.5);
    int grandchild = tree.add(child, 6, 0.5);
    assertEquals(DraftTree.NONE, tree.add(grandchild, 7, 0.5));
    assertEquals(DraftTree.NONE, tree.add(DraftTree.NONE, 7, 0.5));
    assertFalse(tree.isFull());
    tree.add(DraftTree.ROOT, 7, 0.5);
    assertTrue(tree.isFull());
    assertEquals(DraftTree.NONE, tree.add(DraftTree.ROOT, 8, 0.5));
    assertEquals(child, tree.add(DraftTree.ROOT, 5, 0.9), "what it says already");
    assertEquals(0.9, tree.probability(child));
  }

  @Test
  void treesAreMergedAtTheRootTheLikeliestBranchFirst() {
    Fixed first = new Fixed(branch(0.3, 7, 8));
    Fixed second = new Fixed(branch(0.6, 9, 8).andThen(branch(0.4, 7, 5)));
    try (DraftMerger ensemble = measured(List.of(first, second))) {
      Draft draft = ensemble.draft(1, 10, 10);
      assertArrayEquals(new int[] {1, 9, 8, 7, 5, 8}, draft.tokens());
      assertArrayEquals(new int[] {-1, 0, 1, 0, 3, 3}, draft.parents());
    }
  }

  @Test
  void everyDrafterSeesWhatBecameOfItsOwnNodes() {
    Fixed first = new Fixed(branch(0.3, 7, 8));
    Fixed second = new Fixed(branch(0.6, 9, 8).andThen(branch(0.4, 7, 5)));
    try (DraftMerger ensemble = measured(List.of(first, second))) {
      Draft draft = ensemble.draft(1, 10, 10);
      ensemble.verified(draft, new int[] {7, 0, 0, 8, 0, 44}, new int[] {0, 3, 5}, 0.1);
      assertEquals(OptionalInt.of(7), first.verdict.choiceAfter(DraftTree.ROOT));
      assertEquals(OptionalInt.of(8), first.verdict.choiceAfter(1));
      assertEquals(OptionalInt.of(44), first.verdict.choiceAfter(2));
      assertTrue(first.verdict.isAccepted(2));
      assertFalse(second.verdict.isAccepted(1));
      assertTrue(second.verdict.isAccepted(3));
      assertFalse(second.verdict.isAccepted(4));
      assertEquals(
          List.of(
              new DraftMerger.Contribution("fixed", 2, 2),
              new DraftMerger.Contribution("fixed", 4, 1)),
          ensemble.contributions());
    }
  }

  @Test
  void aFixedNumberOfGuessesIsSentFromTheFirstRoundTripOn() {
    List<Drafter> drafters = List.of(new Fixed(branch(0.9, 7, 8, 9)));
    try (DraftMerger ensemble = new DraftMerger(drafters, OptionalInt.of(2), Pipeline.AUTO)) {
      assertArrayEquals(new int[] {1, 7, 8}, ensemble.draft(1, 10, 10).tokens());
    }
  }

  @Test
  void whatIsSentAheadGoesOnBehindTheLikeliestBranch() {
    Fixed drafter = new Fixed(branch(0.9, 7, 8, 9, 5, 6).andThen(branch(0.3, 2, 3)));
    try (DraftMerger ensemble =
        new DraftMerger(List.of(drafter), OptionalInt.of(2), Pipeline.ALWAYS)) {
      Draft draft = ensemble.draft(1, 10, 10);
      assertArrayEquals(new int[] {1, 7, 8}, draft.tokens());
      Draft ahead = ensemble.ahead(draft, 2).orElseThrow();
      assertArrayEquals(new int[] {9, 5}, ahead.tokens());
      assertArrayEquals(new int[] {-1, 0}, ahead.parents());
      ensemble.verified(draft, new int[] {7, 8, 9}, new int[] {0, 1, 2}, 0.1);
      ensemble.sentAhead(draft, ahead, true);
      assertArrayEquals(new int[] {6}, ensemble.ahead(ahead, 2).orElseThrow().tokens());
      ensemble.verified(ahead, new int[] {5, 44}, new int[] {0, 1}, 0.1);
      assertEquals(
          List.of(new DraftMerger.Contribution("fixed", 3, 3)),
          ensemble.contributions(),
          "7, 8, 5");
      assertEquals(OptionalInt.of(8), drafter.verdict.choiceAfter(1), "what it was told first");
    }
  }

  @Test
  void whereTheProposalsEndNothingIsSentAhead() {
    try (DraftMerger ensemble =
        new DraftMerger(
            List.of(new Fixed(branch(0.9, 7, 8))), OptionalInt.of(9), Pipeline.ALWAYS)) {
      Draft draft = ensemble.draft(1, 10, 10);
      assertTrue(ensemble.ahead(draft, 10).isEmpty());
    }
  }

  /** Whatever is proposed, what is sent is a tree within the limits. */
  @Property
  void everyDraftIsATreeWithinItsLimits(
      @ForAll long seed,
      @ForAll @IntRange(max = 40) int maxNodes,
      @ForAll @IntRange(max = 6) int maxDepth) {
    Random random = new Random(seed);
    Consumer<DraftTree> wild =
        tree -> {
          for (int i = 0; i < 60; i++) {
            tree.add(random.nextInt(tree.size()), random.nextInt(4), random.nextDouble());
          }
        };
    try (DraftMerger ensemble = measured(List.of(new Fixed(wild), new Fixed(wild)))) {
      Draft draft = ensemble.draft(3, maxNodes, maxDepth);
      int[] parents = draft.parents();
      int[] depths = new int[draft.size()];
      assertEquals(-1, parents[0]);
      assertTrue(draft.size() <= maxNodes + 1);
      for (int node = 1; node < parents.length; node++) {
        assertTrue(parents[node] >= 0 && parents[node] < node);
        depths[node] = depths[parents[node]] + 1;
        assertTrue(depths[node] <= maxDepth);
        assertEquals(node, draft.child(parents[node], draft.tokens()[node]), "a token twice");
      }
    }
  }
}
