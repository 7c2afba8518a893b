package dev.bookend.speculation.lookahead;

import dev.bookend.speculation.DraftTree;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** N-grams by their first token; for each first token the n-grams that were added last. */
final class NgramPool {
  private static final double FIRST = 0.3;
  private static final double LATER = 0.7;

  private final int most;
  private final Map<Integer, Deque<int[]>> byFirst = new HashMap<>();

  /**
   * An empty pool.
   *
   * @param most how many n-grams with the same first token are kept
   */
  NgramPool(int most) {
    this.most = most;
  }

  /** Adds an n-gram, or makes one that is there already the newest. */
  void add(int[] ngram) {
    Deque<int[]> same = byFirst.computeIfAbsent(ngram[0], first -> new ArrayDeque<>());
    same.removeIf(known -> Arrays.equals(known, ngram));
    same.addFirst(ngram);
    if (same.size() > most) {
      same.removeLast();
    }
  }

  /** Adds the n-grams that begin with the root's token to a tree, the newest first. */
  void propose(DraftTree tree) {
    Deque<int[]> ngrams = byFirst.get(tree.token(DraftTree.ROOT));
    if (ngrams == null) {
      return;
    }
    double first = FIRST;
    for (int[] ngram : ngrams) {
      int node = DraftTree.ROOT;
      for (int i = 1; i < ngram.length; i++) {
        node = tree.add(node, ngram[i], i == 1 ? first : LATER);
      }
      first *= LATER;
    }
  }
}
