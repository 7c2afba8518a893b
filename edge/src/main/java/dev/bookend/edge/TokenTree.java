package dev.bookend.edge;

/**
 * New tokens for one forward pass: a chain, or a tree of guesses of which one branch will be kept.
 * Node 0 comes first; a node's parent comes before it.
 */
public final class TokenTree {
  private final int[] tokens;
  private final int[] parents;

  /**
   * @param parents index of each node's parent, or -1 where that is the last committed token
   * @throws IllegalArgumentException if there is no node, or a parent does not come before its node
   */
  public TokenTree(int[] tokens, int[] parents) {
    if (tokens.length == 0 || parents.length != tokens.length) {
      throw new IllegalArgumentException(
          parents.length + " parents for " + tokens.length + " tokens");
    }
    for (int node = 0; node < parents.length; node++) {
      if (parents[node] < -1 || parents[node] >= node) {
        throw new IllegalArgumentException("node " + node + " comes before its parent");
      }
    }
    this.tokens = tokens.clone();
    this.parents = parents.clone();
  }

  /** Tokens one after the other. */
  public static TokenTree chain(int... tokens) {
    int[] parents = new int[tokens.length];
    for (int node = 0; node < parents.length; node++) {
      parents[node] = node - 1;
    }
    return new TokenTree(tokens, parents);
  }

  /** Number of nodes. */
  public int size() {
    return tokens.length;
  }

  public int token(int node) {
    return tokens[node];
  }

  public int parent(int node) {
    return parents[node];
  }

  int[] tokens() {
    return tokens.clone();
  }

  int[] parents() {
    return parents.clone();
  }

  /** Position of each node where the first committed-to position is {@code next}. */
  int[] positions(int next) {
    int[] positions = new int[tokens.length];
    for (int node = 0; node < positions.length; node++) {
      positions[node] = parents[node] < 0 ? next : positions[parents[node]] + 1;
    }
    return positions;
  }
}
