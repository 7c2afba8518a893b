package dev.bookend.edge.speculation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The part of a {@link DraftTree} that is sent. Node 0 is the root; the likeliest branch comes
 * first, so that its tokens get the cache slots that they would get without the other guesses.
 */
public final class Draft {
  private final int[] tokens;
  private final int[] parents;

  /** Where each node of the tree was sent; {@link DraftTree#NONE}: it was not. */
  private final int[] sentAs;

  private Draft(int[] tokens, int[] parents, int[] sentAs) {
    this.tokens = tokens;
    this.parents = parents;
    this.sentAs = sentAs;
  }

  /**
   * @param reach how probable it is that the text comes to each node of the tree
   * @param kept which of its nodes to send; with a node its parent
   */
  static Draft of(DraftTree tree, double[] reach, boolean[] kept) {
    List<Integer> order = new ArrayList<>();
    collect(tree, reach, kept, DraftTree.ROOT, order);
    int[] sentAs = new int[tree.size()];
    Arrays.fill(sentAs, DraftTree.NONE);
    int[] tokens = new int[order.size()];
    int[] parents = new int[order.size()];
    for (int sent = 0; sent < tokens.length; sent++) {
      int node = order.get(sent);
      sentAs[node] = sent;
      tokens[sent] = tree.token(node);
      parents[sent] = node == DraftTree.ROOT ? -1 : sentAs[tree.parent(node)];
    }
    return new Draft(tokens, parents, sentAs);
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

  int sentAs(int node) {
    return sentAs[node];
  }
}
