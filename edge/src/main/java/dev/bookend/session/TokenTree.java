package dev.bookend.session;

import java.util.Arrays;

/**
 * New tokens for one forward pass: a chain, or a draft tree of which at most one branch will be
 * accepted. Nodes are numbered from 0 on; a node's parent comes before it. Immutable.
 */
public final class TokenTree {
  private final int[] tokens;
  private final int[] parents;

  /**
   * @param parents index of each node's parent, or -1 where that is the last cached token
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

  /** The same tree with other tokens, one after the other, between it and its root. */
  TokenTree behind(int... chain) {
    int[] all = Arrays.copyOf(chain, chain.length + tokens.length);
    System.arraycopy(tokens, 0, all, chain.length, tokens.length);
    int[] ancestors = new int[all.length];
    for (int node = 0; node < all.length; node++) {
      int own = node - chain.length;
      ancestors[node] =
          own < 0 || parents[own] < 0
              ? Math.min(node, chain.length) - 1
              : chain.length + parents[own];
    }
    return new TokenTree(all, ancestors);
  }

  /** The same tree, padded to a number of nodes with roots that no other node sees. */
  TokenTree padded(int nodes) {
    if (tokens.length >= nodes) {
      return this;
    }
    int[] all = Arrays.copyOf(tokens, nodes);
    int[] ancestors = Arrays.copyOf(parents, nodes);
    Arrays.fill(all, tokens.length, nodes, tokens[0]);
    Arrays.fill(ancestors, tokens.length, nodes, -1);
    return new TokenTree(all, ancestors);
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

  /** Position of each node, where {@code next} is that of the roots. */
  int[] positions(int next) {
    int[] positions = new int[tokens.length];
    for (int node = 0; node < positions.length; node++) {
      positions[node] = parents[node] < 0 ? next : positions[parents[node]] + 1;
    }
    return positions;
  }
}
