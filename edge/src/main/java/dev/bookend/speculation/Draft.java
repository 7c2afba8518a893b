package dev.bookend.speculation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The part of a {@link DraftTree} that is sent at once. Node 0 is its root; the likeliest branch
 * comes first, so that its tokens get the cache slots that they would get without the other
 * guesses.
 */
public final class Draft {
  private final int[] tokens;
  private final int[] parents;

  /** Where each node of the tree was sent; {@link DraftTree#NONE}: it was not. */
  private final int[] sentAs;

  /** Which node of the tree each one is. */
  private final int[] nodes;

  private Draft(int[] tokens, int[] parents, int[] sentAs, int[] nodes) {
    this.nodes = nodes;
    this.tokens = tokens;
    this.parents = parents;
    this.sentAs = sentAs;
  }

  /**
   * @param root the node of the tree to begin with
   * @param reach how probable it is that the text comes to each node of the tree
   * @param kept which of its nodes to send; with a node its parent
   */
  static Draft of(DraftTree tree, int root, double[] reach, boolean[] kept) {
    List<Integer> order = new ArrayList<>();
    collect(tree, reach, kept, root, order);
    int[] sentAs = new int[tree.size()];
    Arrays.fill(sentAs, DraftTree.NONE);
    int[] tokens = new int[order.size()];
    int[] parents = new int[order.size()];
    for (int sent = 0; sent < tokens.length; sent++) {
      int node = order.get(sent);
      sentAs[node] = sent;
      tokens[sent] = tree.token(node);
      parents[sent] = node == root ? -1 : sentAs[tree.parent(node)];
    }
    return new Draft(tokens, parents, sentAs, order.stream().mapToInt(Integer::intValue).toArray());
  }

  private static void collect(
      DraftTree tree, double[] reach, boolean[] kept, int node, List<Integer> order) {
    order.add(node);
    List<Integer> children = new ArrayList<>();
    for (int child = node + 1; child < tree.size(); child++) {
      if (tree.parent(child) == node && kept[child]) {
        children.add(child);
      }
    }
    children.sort(Comparator.comparingDouble(child -> -reach[child]));
    for (int child : children) {
      collect(tree, reach, kept, child, order);
    }
  }

  /** Number of tokens, the root among them. */
  public int size() {
    return tokens.length;
  }

  /** The tokens in order. */
  public int[] tokens() {
    return tokens.clone();
  }

  /** Index of each token's parent, -1 for the root's. */
  public int[] parents() {
    return parents.clone();
  }

  /** The node that guesses this token after a node, or {@link DraftTree#NONE}. */
  public int child(int parent, int token) {
    for (int node = parent + 1; node < tokens.length; node++) {
      if (parents[node] == parent && tokens[node] == token) {
        return node;
      }
    }
    return DraftTree.NONE;
  }

  /** The likeliest branch, from the root on. */
  public List<Integer> likeliestBranch() {
    int length = 1;
    while (length < parents.length && parents[length] == length - 1) {
      length++;
    }
    return IntStream.range(0, length).boxed().toList();
  }

  /** The node of the tree that a token is. */
  int node(int token) {
    return nodes[token];
  }

  int sentAs(int node) {
    return sentAs[node];
  }
}
