package dev.bookend.speculation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.TokenRules;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From what drafters propose to what is sent, and back to what was accepted. */
class DraftTest {
  private static TokenChoice[] choices(int... tokens) {
    return IntStream.of(tokens)
        .mapToObj(token -> new TokenChoice(token, 1, Float.NaN, List.of()))
        .toArray(TokenChoice[]::new);
  }

  /** A drafter that always proposes the same, and keeps what it is told of it. */
  private static final class Fixed implements Drafter {
    final Consumer<DraftTree> proposal;
    final List<ObservedTokens> observed = new ArrayList<>();
    VerifiedTree verified;
    boolean isClosed;

    Fixed(Consumer<DraftTree> proposal) {
      this.proposal = proposal;
    }

    @Override
    public String name() {
      return "fixed";
    }

    @Override
    public void observe(ObservedTokens tokens) {
      observed.add(tokens);
    }

    @Override
    public void propose(DraftTree tree) {
      proposal.accept(tree);
    }

    @Override
    public void verified(VerifiedTree given) {
      verified = given;
    }

    @Override
    public void close() {
      isClosed = true;
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

  /** Has had its first round trip, which goes without draft tokens. */
  private static DraftMerger measured(List<Drafter> drafters) {
    DraftMerger merger = new DraftMerger(drafters, OptionalInt.empty(), Pipeline.AUTO);
    Draft draft = merger.draft(1, 10, 10, TokenRules.NONE);
    assertEquals(1, draft.size());
    merger.verified(draft, choices(0), new int[] {0}, 0.1);
    return merger;
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
    assertEquals(child, tree.add(DraftTree.ROOT, 5, 0.9), "a child that is there already");
    assertEquals(0.9, tree.probability(child));
  }

  @Test
  void treesAreMergedAtTheRootTheLikeliestBranchFirst() {
    Fixed first = new Fixed(branch(0.3, 7, 8));
    Fixed second = new Fixed(branch(0.6, 9, 8).andThen(branch(0.4, 7, 5)));
    try (DraftMerger merger = measured(List.of(first, second))) {
      Draft draft = merger.draft(1, 10, 10, TokenRules.NONE);
      assertArrayEquals(new int[] {1, 9, 8, 7, 5, 8}, draft.tree().tokens());
      assertArrayEquals(new int[] {-1, 0, 1, 0, 3, 3}, draft.tree().parents());
    }
  }

  /** Proposes that 8 is followed by 9, and 1 by 7, wherever they stand. */
  private static final class Extending implements Drafter {
    VerifiedTree verified;

    @Override
    public String name() {
      return "extending";
    }

    @Override
    public boolean extendsOthers() {
      return true;
    }

    @Override
    public void observe(ObservedTokens tokens) {}

    @Override
    public void propose(DraftTree tree) {
      for (int node = 0; node < tree.size(); node++) {
        switch (tree.token(node)) {
          case 1 -> tree.add(node, 7, 0.3);
          case 8 -> tree.add(node, 9, 0.9);
          default -> {}
        }
      }
    }

    @Override
    public void verified(VerifiedTree given) {
      verified = given;
    }
  }

  @Test
  void whatOneProposesAnotherExtendsWhateverTheirOrder() {
    Extending extending = new Extending();
    Fixed fixed = new Fixed(branch(0.6, 7, 8));
    try (DraftMerger merger = measured(List.of(extending, fixed))) {
      Draft draft = merger.draft(1, 10, 10, TokenRules.NONE);
      assertArrayEquals(new int[] {1, 7, 8, 9}, draft.tree().tokens());
      merger.verified(draft, choices(7, 8, 9, 4), new int[] {0, 1, 2, 3}, 0.1);
      assertEquals(
          List.of(
              new DraftMerger.Contribution("extending", 2, 2), // 7 by both
              new DraftMerger.Contribution("fixed", 2, 2)),
          merger.contributions());
      assertEquals(OptionalInt.of(9), extending.verified.choiceAfter(2), "also others' nodes");
      assertEquals(List.of("extending", "fixed"), merger.proposers(draft, 1));
      assertEquals(List.of("fixed"), merger.proposers(draft, 2));
      assertEquals(List.of("extending"), merger.proposers(draft, 3));
    }
  }

  @Test
  void everyDrafterIsToldOfItsOwnNodes() {
    Fixed first = new Fixed(branch(0.3, 7, 8));
    Fixed second = new Fixed(branch(0.6, 9, 8).andThen(branch(0.4, 7, 5)));
    try (DraftMerger merger = measured(List.of(first, second))) {
      Draft draft = merger.draft(1, 10, 10, TokenRules.NONE);
      merger.verified(draft, choices(7, 0, 0, 8, 0, 44), new int[] {0, 3, 5}, 0.1);
      assertEquals(OptionalInt.of(7), first.verified.choiceAfter(DraftTree.ROOT));
      assertEquals(OptionalInt.of(8), first.verified.choiceAfter(1));
      assertEquals(OptionalInt.of(44), first.verified.choiceAfter(2));
      assertTrue(first.verified.isAccepted(2));
      assertFalse(second.verified.isAccepted(1));
      assertTrue(second.verified.isAccepted(3));
      assertFalse(second.verified.isAccepted(4));
      assertEquals(
          List.of(
              new DraftMerger.Contribution("fixed", 2, 2),
              new DraftMerger.Contribution("fixed", 4, 1)),
          merger.contributions());
    }
  }

  @Test
  void aFixedNumberOfDraftTokensIsSentFromTheFirstRoundTripOn() {
    List<Drafter> drafters = List.of(new Fixed(branch(0.9, 7, 8, 9)));
    try (DraftMerger merger = new DraftMerger(drafters, OptionalInt.of(2), Pipeline.AUTO)) {
      assertArrayEquals(
          new int[] {1, 7, 8}, merger.draft(1, 10, 10, TokenRules.NONE).tree().tokens());
    }
  }

  @Test
  void whatIsSentAheadGoesOnBehindTheLikeliestBranch() {
    Fixed drafter = new Fixed(branch(0.9, 7, 8, 9, 5, 6).andThen(branch(0.3, 2, 3)));
    try (DraftMerger merger =
        new DraftMerger(List.of(drafter), OptionalInt.of(2), Pipeline.ALWAYS)) {
      Draft draft = merger.draft(1, 10, 10, TokenRules.NONE);
      assertArrayEquals(new int[] {1, 7, 8}, draft.tree().tokens());
      Draft ahead = merger.ahead(draft, 2).orElseThrow();
      assertArrayEquals(new int[] {9, 5}, ahead.tree().tokens());
      assertArrayEquals(new int[] {-1, 0}, ahead.tree().parents());
      merger.verified(draft, choices(7, 8, 9), new int[] {0, 1, 2}, 0.1);
      merger.sentAhead(draft, ahead, true);
      assertArrayEquals(new int[] {6}, merger.ahead(ahead, 2).orElseThrow().tree().tokens());
      merger.verified(ahead, choices(5, 44), new int[] {0, 1}, 0.1);
      assertEquals(
          List.of(new DraftMerger.Contribution("fixed", 3, 3)), merger.contributions(), "7, 8, 5");
      assertEquals(
          OptionalInt.of(8),
          drafter.verified.choiceAfter(1),
          "it is not told of the draft sent ahead");
    }
  }

  /** Throws, in the method of this name, what may quote the text. */
  private record Broken(String method) implements Drafter {
    private void fail(String here) {
      if (here.equals(method)) {
        throw new IllegalStateException("a secret");
      }
    }

    @Override
    public String name() {
      return "broken";
    }

    @Override
    public void follow(EdgeLayers session) {
      fail("follow");
    }

    @Override
    public void observe(ObservedTokens tokens) {
      fail("observe");
    }

    @Override
    public void propose(DraftTree tree) {
      fail("propose");
      tree.add(DraftTree.ROOT, 7, 0.9);
    }

    @Override
    public void verified(VerifiedTree tree) {
      fail("verified");
    }

    @Override
    public void close() {
      fail("close");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"follow", "observe", "propose", "verified", "close"})
  void aDrafterThatThrowsIsNamed(String method) {
    List<Drafter> drafters = List.of(new Broken(method));
    BookendException failure =
        assertThrows(
            BookendException.class,
            () -> {
              try (DraftMerger merger =
                  new DraftMerger(drafters, OptionalInt.of(2), Pipeline.NEVER)) {
                merger.follow(null);
                merger.begin(new int[] {1});
                Draft draft = merger.draft(1, 10, 10, TokenRules.NONE);
                merger.verified(draft, choices(7, 8), new int[] {0, 1}, 0.1);
              }
            });
    assertEquals(ErrorCode.DRAFTER_UNUSABLE, failure.code());
    assertTrue(failure.getMessage().contains("'broken'"), failure.getMessage());
    assertFalse(failure.getMessage().contains("secret"), failure.getMessage());
  }

  @Test
  void whereTheProposalsEndNothingIsSentAhead() {
    try (DraftMerger merger =
        new DraftMerger(
            List.of(new Fixed(branch(0.9, 7, 8))), OptionalInt.of(9), Pipeline.ALWAYS)) {
      Draft draft = merger.draft(1, 10, 10, TokenRules.NONE);
      assertTrue(merger.ahead(draft, 10).isEmpty());
    }
  }

  /** A clock that stands still, but for the time that a drafter says it takes. */
  private static final class Clock {
    long nanos;

    /** Takes its time to propose a token. */
    Consumer<DraftTree> slow(double seconds, int token, double probability) {
      return tree -> {
        nanos += (long) (seconds * 1e9);
        tree.add(DraftTree.ROOT, token, probability);
      };
    }
  }

  /** In how many round trips of 0.1 seconds a drafter whose tokens are accepted is asked. */
  private static int asked(double seconds, int roundTrips) {
    Clock clock = new Clock();
    int[] asked = new int[1];
    Consumer<DraftTree> proposal = clock.slow(seconds, 7, 0.9).andThen(tree -> asked[0]++);
    try (DraftMerger merger =
        new DraftMerger(
            List.of(new Fixed(proposal)), OptionalInt.empty(), Pipeline.NEVER, () -> clock.nanos)) {
      for (int i = 0; i < roundTrips; i++) {
        Draft draft = merger.draft(1, 10, 10, TokenRules.NONE);
        int[] branch = IntStream.range(0, draft.size()).toArray();
        merger.verified(draft, choices(7, 7), branch, 0.1);
      }
      assertEquals(clock.nanos, merger.nanos(), "the time that drafting took");
    }
    return asked[0];
  }

  @Test
  void aDrafterThatTakesLongerThanItSavesIsAskedSeldom() {
    assertTrue(asked(0.01, 300) > 280, "asked " + asked(0.01, 300) + " times");
    int slow = asked(0.3, 300);
    assertTrue(slow > 1 && slow < 60, "asked " + slow + " times");
  }

  /** How often of 60 times a drafter that is always right is asked, beside a fast one. */
  private static int askedBeside(Consumer<DraftTree> fast) {
    Clock clock = new Clock();
    int[] asked = new int[1];
    Consumer<DraftTree> slow = clock.slow(0.03, 7, 0.9).andThen(tree -> asked[0]++);
    try (DraftMerger merger =
        new DraftMerger(
            List.of(new Fixed(fast), new Fixed(slow)),
            OptionalInt.empty(),
            Pipeline.NEVER,
            () -> clock.nanos)) {
      for (int i = 0; i < 60; i++) {
        Draft draft = merger.draft(1, 10, 10, TokenRules.NONE);
        int right = draft.tree().child(0, 7);
        int[] branch = right == DraftTree.NONE ? new int[] {0} : new int[] {0, right};
        int[] next = IntStream.range(0, draft.size()).map(node -> 7).toArray();
        merger.verified(draft, choices(next), branch, 0.1 + 0.005 * draft.size());
      }
    }
    return asked[0];
  }

  @Test
  void aDrafterIsAskedForTokensThatOthersNameButHardlyExpect() {
    Consumer<DraftTree> names = branch(0.5, 8).andThen(branch(0.02, 7));
    assertTrue(askedBeside(names) > 50, "asked " + askedBeside(names) + " times");
    Consumer<DraftTree> expects = branch(0.9, 7);
    assertTrue(askedBeside(expects) < 30, "asked " + askedBeside(expects) + " times");
  }

  /** Whatever is proposed. */
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
    try (DraftMerger merger = measured(List.of(new Fixed(wild), new Fixed(wild)))) {
      Draft draft = merger.draft(3, maxNodes, maxDepth, TokenRules.NONE);
      int[] parents = draft.tree().parents();
      int[] depths = new int[draft.size()];
      assertEquals(-1, parents[0]);
      assertTrue(draft.size() <= maxNodes + 1);
      for (int node = 1; node < parents.length; node++) {
        assertTrue(parents[node] >= 0 && parents[node] < node);
        depths[node] = depths[parents[node]] + 1;
        assertTrue(depths[node] <= maxDepth);
        assertEquals(
            node, draft.tree().child(parents[node], draft.tree().tokens()[node]), "a token twice");
      }
    }
  }

  /** Position and tokens of what a drafter was told last. */
  private static List<Integer> lastTold(Fixed drafter) {
    ObservedTokens last = drafter.observed.get(drafter.observed.size() - 1);
    return IntStream.concat(IntStream.of(last.position()), IntStream.of(last.tokens()))
        .boxed()
        .toList();
  }

  @Test
  void draftersAreToldWhatIsNewInATextAndWhere() {
    Fixed drafter = new Fixed(tree -> {});
    Fixed other = new Fixed(tree -> {});
    try (DraftMerger merger =
        new DraftMerger(List.of(drafter, other), OptionalInt.empty(), Pipeline.NEVER)) {
      merger.begin(new int[] {1, 2, 3});
      assertEquals(List.of(0, 1, 2, 3), lastTold(drafter));
      merger.observe(4, 5);
      assertEquals(List.of(3, 4, 5), lastTold(drafter));
      merger.begin(new int[] {1, 2, 9});
      assertEquals(List.of(2, 9), lastTold(drafter));
      merger.begin(new int[] {1, 2});
      assertEquals(List.of(2), lastTold(drafter));
      merger.begin(new int[] {1, 2, 3});
      assertEquals(List.of(2, 3), lastTold(drafter));
      int told = drafter.observed.size();
      merger.begin(new int[] {1, 2, 3});
      assertEquals(told, drafter.observed.size(), "nothing is new");
      assertEquals(told, other.observed.size());
      assertFalse(drafter.isClosed);
    }
    assertTrue(drafter.isClosed && other.isClosed);
  }

  /** A chain of probes, and a draft token. */
  private static Consumer<DraftTree> probes(int count) {
    return tree -> {
      int node = DraftTree.ROOT;
      for (int i = 0; i < count; i++) {
        node = tree.probe(node, 10 + i);
      }
      tree.add(DraftTree.ROOT, 7, 0.9);
      tree.add(DraftTree.ROOT, 8, 0.05);
    };
  }

  @Test
  void probesAreSentBesideDraftTokensIfTheyAllFit() {
    Fixed prober = new Fixed(probes(3));
    try (DraftMerger merger =
        new DraftMerger(
            List.of(prober, new Fixed(branch(0.9, 7))), OptionalInt.of(9), Pipeline.NEVER)) {
      assertArrayEquals(
          new int[] {1, 7, 8, 10, 11, 12}, merger.draft(1, 9, 9, TokenRules.NONE).tree().tokens());
      assertArrayEquals(
          new int[] {1, 7, 10, 11, 12}, merger.draft(1, 4, 9, TokenRules.NONE).tree().tokens());
      assertArrayEquals(
          new int[] {1, 10, 11, 12}, merger.draft(1, 3, 9, TokenRules.NONE).tree().tokens());
    }
    // Each has room for its own tree, but all probes together do not fit.
    Fixed other = new Fixed(tree -> tree.probe(tree.probe(DraftTree.ROOT, 20), 21));
    try (DraftMerger merger =
        new DraftMerger(List.of(prober, other), OptionalInt.of(9), Pipeline.NEVER)) {
      assertArrayEquals(new int[] {1, 7}, merger.draft(1, 4, 9, TokenRules.NONE).tree().tokens());
    }
  }

  @Test
  void aDrafterThatIsNeverRightStandsBehindOneThatIs() {
    Fixed boastful = new Fixed(branch(0.9, 7));
    Fixed modest = new Fixed(branch(0.5, 9));
    try (DraftMerger merger =
        new DraftMerger(List.of(boastful, modest), OptionalInt.of(9), Pipeline.NEVER)) {
      assertArrayEquals(
          new int[] {1, 7, 9}, merger.draft(1, 9, 9, TokenRules.NONE).tree().tokens());
      for (int i = 0; i < 20; i++) {
        Draft draft = merger.draft(1, 9, 9, TokenRules.NONE);
        int right = draft.tree().child(0, 9);
        merger.verified(draft, choices(9, 0, 0), new int[] {0, right}, 0.1);
      }
      assertArrayEquals(
          new int[] {1, 9, 7}, merger.draft(1, 9, 9, TokenRules.NONE).tree().tokens());
    }
  }

  @Test
  void draftersAreToldWhatATokenIsWorth() {
    double[] worth = new double[1];
    Fixed drafter = new Fixed(branch(0.9, 7).andThen(tree -> worth[0] = tree.secondsPerToken()));
    try (DraftMerger merger =
        new DraftMerger(List.of(drafter), OptionalInt.of(1), Pipeline.NEVER)) {
      merger.draft(1, 10, 10, TokenRules.NONE);
      assertEquals(Double.POSITIVE_INFINITY, worth[0], "where their number is fixed");
    }
    try (DraftMerger merger =
        new DraftMerger(List.of(drafter), OptionalInt.empty(), Pipeline.NEVER, () -> 0)) {
      for (int i = 0; i < 60; i++) {
        Draft draft = merger.draft(1, 10, 10, TokenRules.NONE);
        int[] branch = IntStream.range(0, draft.size()).toArray();
        merger.verified(draft, choices(7, 7), branch, 0.2);
      }
      assertEquals(0.1, worth[0], 0.001, "two tokens in 0.2 seconds");
    }
  }
}
