package dev.bookend.speculation;

import dev.bookend.model.runtime.LogitEdit;
import dev.bookend.model.runtime.TokenRules;
import java.util.Arrays;

/**
 * A tree of draft tokens. Node 0, the root, is the text's last token, which is certain; every other
 * node is a draft token that may follow its parent. Not thread-safe.
 */
public final class DraftTree {
  /** The node of the text's last token. */
  public static final int ROOT = 0;

  /** Stands for a node that a tree does not have. */
  public static final int NONE = -1;

  private final int maxNodes;
  private final int maxDepth;
  private final double secondsPerToken;
  private int[] tokens = new int[32];
  private int[] parents = new int[32];
  private int[] depths = new int[32];
  private double[] probabilities = new double[32];
  private double[] others = new double[32];
  private boolean[] probes = new boolean[32];
  private int size = 1;

  /** A tree with a root alone, for draft tokens that may take any time. */
  public DraftTree(int root, int maxNodes, int maxDepth) {
    this(root, maxNodes, maxDepth, Double.POSITIVE_INFINITY);
  }

  /**
   * A tree with a root alone.
   *
   * @param root the text's last token
   * @param maxNodes the number of nodes below the root at most
   * @param maxDepth how far below the root a node may be
   * @param secondsPerToken as {@link #secondsPerToken}
   */
  public DraftTree(int root, int maxNodes, int maxDepth, double secondsPerToken) {
    this.maxNodes = maxNodes;
    this.maxDepth = maxDepth;
    this.secondsPerToken = secondsPerToken;
    tokens[ROOT] = root;
    parents[ROOT] = NONE;
    probabilities[ROOT] = 1;
  }

  /** The same without draft tokens. */
  DraftTree rootAlone() {
    return new DraftTree(tokens[ROOT], maxNodes, maxDepth, secondsPerToken);
  }

  /**
   * A tree for one drafter, which has the draft tokens of others already. The nodes are the same.
   *
   * @param maxNodes how many nodes may be added at most
   */
  static DraftTree behind(DraftTree others, int maxNodes) {
    int most = others.size - 1 + maxNodes;
    DraftTree tree =
        new DraftTree(others.token(ROOT), most, others.maxDepth, others.secondsPerToken);
    for (int node = 1; node < others.size; node++) {
      tree.addNode(others.parents[node], others.tokens[node]);
      tree.others[node] = others.probability(node);
    }
    return tree;
  }

  /**
   * Adds a draft token.
   *
   * @param parent the node that the token may follow
   * @param probability that the model chooses the token if the text comes to its parent
   * @return the token's node. If the parent has a child with this token already, it is that child,
   *     which keeps the higher of both probabilities. {@link #NONE} if the tree is full, the node
   *     would lie too deep, or the parent is NONE
   */
  public int add(int parent, int token, double probability) {
    int node = addNode(parent, token);
    if (node != NONE) {
      probabilities[node] = Math.max(probabilities[node], probability);
    }
    return node;
  }

  /**
   * Adds a probe: a token that is not expected to be accepted, but is sent because the drafter
   * wants to know what the model chooses after it. Its ancestors below the root must be probes too.
   * As {@link #add} otherwise.
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
    others = Arrays.copyOf(others, length);
    probes = Arrays.copyOf(probes, length);
  }

  /** The child of a node that is a certain token, or {@link #NONE}. */
  public int child(int parent, int token) {
    return TokenTree.child(tokens, parents, size, parent, token);
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

  /**
   * Seconds that a token takes at present, which an accepted draft token saves. It does not pay to
   * spend more time on a draft token than that times its probability. Infinite where time does not
   * matter.
   */
  public double secondsPerToken() {
    return secondsPerToken;
  }

  /** The token of a node. */
  public int token(int node) {
    return tokens[node];
  }

  /** The parent of a node, which comes before it; {@link #NONE} for the root. */
  public int parent(int node) {
    return parents[node];
  }

  /** How far a node is below the root. */
  public int depth(int node) {
    return depths[node];
  }

  /**
   * The probability that the model chooses a node's token if the text comes to its parent; 0 for a
   * node that is a probe alone.
   */
  public double probability(int node) {
    return Math.max(probabilities[node], others[node]);
  }

  /** The probability that was added here: 0 for a node that is others' alone, or a probe alone. */
  double ownProbability(int node) {
    return probabilities[node];
  }

  /** Gives up the nodes that an answer's rules do not allow, and those below them. */
  void forbid(TokenRules before) {
    if (before == TokenRules.NONE) {
      return;
    }
    TokenRules[] behind = new TokenRules[size];
    behind[ROOT] = before.after(tokens[ROOT]);
    LogitEdit[] edits = new LogitEdit[size];
    for (int node = ROOT + 1; node < size; node++) {
      int parent = parents[node];
      if (behind[parent] != null && edits[parent] == null) {
        edits[parent] = behind[parent].edit();
      }
      if (behind[parent] != null && edits[parent].allows(tokens[node])) {
        behind[node] = behind[parent].after(tokens[node]);
      } else {
        probabilities[node] = 0;
        others[node] = 0;
        probes[node] = false;
      }
    }
  }

  /** Whether a node was added as a {@link #probe}. */
  public boolean isProbe(int node) {
    return probes[node];
  }
}
