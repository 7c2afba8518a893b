package dev.bookend.speculation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TokenTreeTest {
  private static final TokenTree TREE =
      new TokenTree(new int[] {1, 2, 3, 4, 5}, new int[] {-1, 0, 0, -1, 2});

  @Test
  void aChainComesBetweenATreeAndItsRoot() {
    TokenTree behind = TREE.behind(8, 9);
    assertArrayEquals(new int[] {8, 9, 1, 2, 3, 4, 5}, behind.tokens());
    assertArrayEquals(new int[] {-1, 0, 1, 2, 2, 1, 4}, behind.parents());
    assertArrayEquals(new int[] {5, 6, 7, 8, 8, 7, 9}, behind.positions(5));
    assertArrayEquals(TREE.parents(), TREE.behind().parents());
  }

  @Test
  void whatFillsUpATreeIsSeenByNoneOfItsNodes() {
    TokenTree padded = TREE.padded(7);
    assertArrayEquals(new int[] {1, 2, 3, 4, 5, 1, 1}, padded.tokens());
    assertArrayEquals(new int[] {-1, 0, 0, -1, 2, -1, -1}, padded.parents());
    assertArrayEquals(TREE.tokens(), TREE.padded(5).tokens());
  }

  @Test
  void whatIsNoTreeIsRefused() {
    for (int[] parents : new int[][] {{-1, 1}, {-1, 2}, {-1, -2}, {0, 0}, {-1}, {-1, 0, 0}}) {
      assertThrows(IllegalArgumentException.class, () -> new TokenTree(new int[] {1, 2}, parents));
    }
    assertThrows(IllegalArgumentException.class, () -> new TokenTree(new int[0], new int[0]));
  }
}
