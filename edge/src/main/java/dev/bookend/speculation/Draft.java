package dev.bookend.speculation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The part of a {@link DraftTree} that is sent in one step. Node 0 is its root. The likeliest
 * branch comes first, so that its tokens get the cache slots that they would get without the other
 * branches. Immutable.
 */
public final class Draft {
  private final TokenTree tree;

  /** For each node of the tree, its index in the draft, or {@link DraftTree#NONE}. */
  private final int[] sentAs;

  /** For each index in the draft, the node of the tree. */
  private final int[] nodes;

  private Draft(TokenTree tree, int[] sentAs, int[] nodes) {
    this.tree = tree;
    this.sentAs = sentAs;
    this.nodes = nodes;
  }

  /**
   * Selects a part of a tree.
   *
   * @param root the node of the tree that becomes the root of the draft
   * @param selected which nodes to send; with each of them its parent is, up to the root
   */
  static Draft of(DraftTree tree, int root, Reach reach, boolean[] selected) {
    List<Integer> order = new ArrayList<>();
    collect(tree, reach, selected, root, order);
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
    return new Draft(
        new TokenTree(tokens, parents),
        sentAs,
        order.stream().mapToInt(Integer::intValue).toArray());
  }

  private static void collect(
      DraftTree tree, Reach reach, boolean[] selected, int node, List<Integer> order) {
    order.add(node);
    List<Integer> children = new ArrayList<>();
    for (int child = node + 1; child < tree.size(); child++) {
      if (tree.parent(child) == node && selected[child]) {
        children.add(child);
      }
    }
    children.sort(Comparator.comparingDouble(child -> -reach.at(child)));
    for (int child : children) {
      collect(tree, reach, selected, child, order);
    }
  }

  /** Number of tokens, the root among them. */
  public int size() {
    return tree.size();
  }

  /** The tokens, as a step takes them. */
  public TokenTree tree() {
    return tree;
  }

  /** The tokens at some indices. */
  public int[] tokens(List<Integer> indices) {
    return indices.stream().mapToInt(tree::token).toArray();
  }

  /** The indices of the likeliest branch, from the root on. */
  public List<Integer> likeliestBranch() {
    int length = 1;
    while (length < tree.size() && tree.parent(length) == length - 1) {
      length++;
    }
    return IntStream.range(0, length).boxed().toList();
  }

  /** The node of the tree at an index of the draft. */
  int node(int index) {
    return nodes[index];
  }

  /** The index in the draft of a node of the tree, if it has one, or {@link DraftTree#NONE}. */
  int sentAs(int node) {
    return node == DraftTree.NONE ? DraftTree.NONE : sentAs[node];
  }
}
