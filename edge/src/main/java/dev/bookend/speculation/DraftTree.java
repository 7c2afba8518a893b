package dev.bookend.speculation;

import java.util.Arrays;

/**
 * Guessed continuations of a text. Node 0, the root, is the text's last token, which is certain;
 * every other node guesses what follows its parent.
 */
public final class DraftTree {
  public static final int ROOT = 0;

  /** Stands for a node that a tree did not take. */
  public static final int NONE = -1;

  private final int maxNodes;
  private final int maxDepth;
  private final double secondsPerToken;
  private int[] tokens = new int[32];
  private int[] parents = new int[32];
  private int[] depths = new int[32];
  private double[] probabilities = new double[32];
  private boolean[] probes = new boolean[32];
  private int size = 1;

  /** A tree that is its root, for guesses that may take as long as they will. */
  public DraftTree(int root, int maxNodes, int maxDepth) {
    this(root, maxNodes, maxDepth, Double.POSITIVE_INFINITY);
  }

  /**
   * A tree that is its root.
   *
   * @param root the text's last token
   * @param maxNodes most nodes below the root
   * @param maxDepth how far below the root a node may be
   * @param secondsPerToken how long a token takes now, which a right guess saves
   */
  public DraftTree(int root, int maxNodes, int maxDepth, double secondsPerToken) {
    this.maxNodes = maxNodes;
    this.maxDepth = maxDepth;
    this.secondsPerToken = secondsPerToken;
    tokens[ROOT] = root;
    parents[ROOT] = NONE;
    probabilities[ROOT] = 1;
  }

  /**
   * Guesses that a token follows a node.
   *
   * @param probability that the model chooses the token if the text comes to its parent
   * @return the new node; the one that says the same already, then as probable as the more probable
   *     of both; or {@link #NONE} if the tree is full or not this deep, or the parent is NONE
   */
  public int add(int parent, int token, double probability) {
    int node = addNode(parent, token);
    if (node != NONE) {
      probabilities[node] = Math.max(probabilities[node], probability);
    }
    return node;
  }

  /**
   * Adds a token that is not expected to be right, for the sake of what the model says after it.
   * Its ancestors below the root must be such tokens too. As {@link #add} otherwise.
   */
  public int probe(int parent, int token) {
    int node = addNode(parent, token);
    if (node != NONE) {
      probes[node] = true;
    }
    return node;
  }

  private int addNode(int parent, int token) {
    if (parent == NONE) {
      return NONE;
    }
    int node = child(parent, token);
    if (node != NONE || size > maxNodes || depths[parent] >= maxDepth) {
      return node;
    }
    if (size == tokens.length) {
      grow();
    }
    tokens[size] = token;
    parents[size] = parent;
    depths[size] = depths[parent] + 1;
    return size++;
  }

  private void grow() {
    int length = 2 * size;
    tokens = Arrays.copyOf(tokens, length);
    parents = Arrays.copyOf(parents, length);
    depths = Arrays.copyOf(depths, length);
    probabilities = Arrays.copyOf(probabilities, length);
    probes = Arrays.copyOf(probes, length);
  }

  /** The node that guesses this token after a node, or {@link #NONE}. */
  public int child(int parent, int token) {
    for (int node = parent + 1; node < size; node++) {
      if (parents[node] == parent && tokens[node] == token) {
        return node;
      }
    }
    return NONE;
  }

  /** Number of nodes, the root among them. */
  public int size() {
    return size;
  }

  /** Whether the tree takes no more nodes. */
  public boolean isFull() {
    return size > maxNodes;
  }

  /** How far below the root a node may be. */
  public int maxDepth() {
    return maxDepth;
  }

  /** How long a token takes now: a guess that takes longer than it promises to save is none. */
  public double secondsPerToken() {
    return secondsPerToken;
  }

  public int token(int node) {
    return tokens[node];
  }

  public int parent(int node) {
    return parents[node];
  }

  /** How far below the root. */
  public int depth(int node) {
    return depths[node];
  }

  /** That the model chooses this node's token, if the text comes to its parent. */
  public double probability(int node) {
    return probabilities[node];
  }

  public boolean isProbe(int node) {
    return probes[node];
  }
}
