package dev.bookend.speculation;

import java.util.Arrays;

/**
 * New tokens for one forward pass: a chain, or a draft tree of which at most one branch will be
 * accepted. Nodes are numbered from 0 on; a node's parent comes before it. Immutable.
 */
public final class TokenTree {
  private final int[] tokens;
  private final int[] parents;

  /**
   * A tree of tokens.
   *
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

  /** The same tree with a chain of other tokens in front of it. */
  public TokenTree behind(int... chain) {
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
  public TokenTree padded(int nodes) {
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

  /** The token of a node. */
  public int token(int node) {
    return tokens[node];
  }

  /** Index of a node's parent; -1: the last cached token. */
  public int parent(int node) {
    return parents[node];
  }

  /** The tokens of all nodes. */
  public int[] tokens() {
    return tokens.clone();
  }

  /** Index of each node's parent; -1: the last cached token. */
  public int[] parents() {
    return parents.clone();
  }

  /** The child of a node that is a certain token, or -1. */
  public int child(int parent, int token) {
    return child(tokens, parents, tokens.length, parent, token);
  }

  /** As above, among the first nodes of a tree that may have room for more. */
  static int child(int[] tokens, int[] parents, int size, int parent, int token) {
    for (int node = parent + 1; node < size; node++) {
      if (parents[node] == parent && tokens[node] == token) {
        return node;
      }
    }
    return -1;
  }

  /** Position of each node, where {@code next} is that of the roots. */
  public int[] positions(int next) {
    int[] positions = new int[tokens.length];
    for (int node = 0; node < positions.length; node++) {
      positions[node] = parents[node] < 0 ? next : positions[parents[node]] + 1;
    }
    return positions;
  }
}
