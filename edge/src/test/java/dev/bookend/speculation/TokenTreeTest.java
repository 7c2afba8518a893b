package dev.bookend.speculation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TokenTreeTest {
  private static final TokenTree TREE =
      new TokenTree(new int[] {1, 2, 3, 4}, new int[] {-1, 0, 0, -1});

  @Test
  void aChainComesBetweenATreeAndItsRoot() {
    TokenTree behind = TREE.behind(8, 9);
    assertArrayEquals(new int[] {8, 9, 1, 2, 3, 4}, behind.tokens());
    assertArrayEquals(new int[] {-1, 0, 1, 2, 2, 1}, behind.parents());
    assertArrayEquals(new int[] {5, 6, 7, 8, 8, 7}, behind.positions(5));
    assertArrayEquals(TREE.parents(), TREE.behind().parents());
  }

  @Test
  void whatFillsUpATreeIsSeenByNoneOfItsNodes() {
    TokenTree padded = TREE.padded(6);
    assertEquals(6, padded.size());
    assertArrayEquals(new int[] {-1, 0, 0, -1, -1, -1}, padded.parents());
    assertArrayEquals(TREE.tokens(), TREE.padded(4).tokens());
  }
}
