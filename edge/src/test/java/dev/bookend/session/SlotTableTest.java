package dev.bookend.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bookend.model.runtime.Step;
import dev.bookend.speculation.TokenTree;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SlotTableTest {
  private static final OptionalInt NO_WINDOW = OptionalInt.empty();

  private final SlotTable table = new SlotTable(NO_WINDOW, false);

  private static int[] slots(Step step) {
    return IntStream.range(0, step.tokens()).map(step::slot).toArray();
  }

  private static int[] positions(Step step) {
    int[] positions = new int[step.tokens()];
    step.positions().asIntBuffer().get(positions);
    return positions;
  }

  private static BitSet cached(Step step) {
    BitSet cached = new BitSet();
    for (int slot = 0; slot < step.capacity(); slot++) {
      cached.set(slot, step.cached().get(slot) != 0);
    }
    return cached;
  }

  private static BitSet set(int... bits) {
    BitSet set = new BitSet();
    IntStream.of(bits).forEach(set::set);
    return set;
  }

  /** Lays out a tree and accepts some of its nodes. */
  private static void accept(SlotTable table, TokenTree tree, int... nodes) {
    Step step = table.layOut(tree);
    for (int node : nodes) {
      table.accept(tree.token(node), step.slot(node));
    }
  }

  @Test
  void aChainLiesInTheSlotsOfItsPositions() {
    accept(table, TokenTree.chain(7, 8, 9), 0, 1, 2);
    Step step = table.layOut(TokenTree.chain(1, 2));
    assertArrayEquals(new int[] {3, 4}, slots(step));
    assertArrayEquals(new int[] {3, 4}, positions(step));
    assertEquals(set(0, 1, 2), cached(step));
  }

  @Test
  void slotsOfRejectedTokensAreHandedOutAgain() {
    accept(table, TokenTree.chain(7, 8), 0, 1);
    TokenTree fork = new TokenTree(new int[] {1, 2, 3}, new int[] {-1, 0, 0});
    accept(table, fork, 0, 2); // the token in slot 3 is rejected
    assertArrayEquals(new int[] {7, 8, 1, 3}, table.tokensFrom(0));
    Step step = table.layOut(TokenTree.chain(5, 6));
    assertArrayEquals(new int[] {3, 5}, slots(step));
    assertArrayEquals(new int[] {4, 5}, positions(step));
    assertEquals(set(0, 1, 2, 4), cached(step));
  }

  @Test
  void whatIsTruncatedIsFree() {
    accept(table, TokenTree.chain(7, 8, 9), 0, 1, 2);
    assertEquals(2, table.commonPrefix(new int[] {7, 8, 5}));
    table.truncate(2);
    assertEquals(2, table.length());
    assertEquals(2, table.commonPrefix(new int[] {7, 8, 9}));
    assertArrayEquals(new int[] {2}, slots(table.layOut(TokenTree.chain(1))));
  }

  /** What is sent ahead must not write over a tree that the cloud may still be reading. */
  @Test
  void aTreeBehindAnotherLiesBesideItAndSeesItsBranchAlone() {
    accept(table, TokenTree.chain(7), 0);
    TokenTree fork = new TokenTree(new int[] {1, 2, 3}, new int[] {-1, 0, 0});
    Step first = table.layOut(fork);
    Step behind = table.layOutBehind(first, List.of(0, 2), TokenTree.chain(4, 5));
    assertArrayEquals(new int[] {4, 5}, slots(behind));
    assertArrayEquals(new int[] {3, 4}, positions(behind));
    assertEquals(set(0, 1, 3), cached(behind));
    assertEquals(1, table.length());
  }

  @Test
  void capacityGrowsWithWhatTheCloudSeesAndNeverShrinks() {
    assertEquals(64, table.layOut(TokenTree.chain(new int[64])).capacity());
    assertEquals(128, table.tryOut(TokenTree.chain(new int[65])).capacity());
    assertEquals(64, table.layOut(TokenTree.chain(1)).capacity(), "a draft's step does not count");
    assertEquals(128, table.layOut(TokenTree.chain(new int[65])).capacity());
    assertEquals(128, table.layOut(TokenTree.chain(1)).capacity());
    assertEquals(128, table.tryOut(TokenTree.chain(1)).capacity());
  }

  @Test
  void wherePositionsMustLieInOrderWhatDoesNotIsToBeRunAgain() {
    SlotTable ordered = new SlotTable(NO_WINDOW, true);
    TokenTree fork = new TokenTree(new int[] {1, 2, 3}, new int[] {-1, -1, 1});
    accept(ordered, TokenTree.chain(7, 8), 0, 1);
    accept(table, TokenTree.chain(7, 8), 0, 1);
    accept(ordered, fork, 1, 2);
    accept(table, fork, 1, 2);
    assertEquals(2, ordered.settled());
    assertEquals(4, table.settled());
    accept(ordered, TokenTree.chain(4), 0);
    assertEquals(2, ordered.settled(), "a token in its place settles nothing before it");
    ordered.truncate(2);
    accept(ordered, TokenTree.chain(2, 3), 0, 1);
    assertEquals(4, ordered.settled());
    ordered.truncate(1);
    assertEquals(1, ordered.settled());
  }

  @Test
  void aSlidingWindowHidesWhatLiesBeforeItAndShortensSteps() {
    SlotTable windowed = new SlotTable(OptionalInt.of(4), false);
    assertEquals(4, windowed.longestStep());
    assertThrows(
        IllegalArgumentException.class, () -> windowed.layOut(TokenTree.chain(1, 2, 3, 4, 5)));
    accept(windowed, TokenTree.chain(1, 2, 3), 0, 1, 2);
    assertEquals(1, windowed.longestStep());
    accept(windowed, TokenTree.chain(4), 0);
    accept(windowed, TokenTree.chain(5), 0);
    assertEquals(1, windowed.longestStep());
    TokenTree siblings = new TokenTree(new int[] {8, 9}, new int[] {-1, -1});
    assertEquals(set(2, 3, 4), cached(windowed.layOut(siblings)));
    assertThrows(IllegalArgumentException.class, () -> windowed.tryOut(TokenTree.chain(1, 2)));
  }

  @Test
  void cachedPositionsAreShownAgainInTheirOwnSlots() {
    accept(table, TokenTree.chain(7, 8), 0, 1);
    accept(table, new TokenTree(new int[] {1, 2}, new int[] {-1, -1}), 1);
    Step step = table.again(1, 3);
    assertArrayEquals(new int[] {1, 3}, slots(step));
    assertArrayEquals(new int[] {1, 2}, positions(step));
    assertEquals(set(0), cached(step));
  }

  @Test
  void moreTokensThanTheFirstArraysHold() {
    int[] tokens = IntStream.range(0, 1000).toArray();
    accept(table, TokenTree.chain(tokens), tokens);
    assertArrayEquals(tokens, table.tokensFrom(0));
    assertEquals(1000, table.commonPrefix(tokens));
  }
}
