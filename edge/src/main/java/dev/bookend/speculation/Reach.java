package dev.bookend.speculation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * How probable it is that the text comes to each node of a draft tree: the product of the
 * probabilities from the root to the node. Immutable.
 */
public final class Reach {
  private final double[] reach;

  private Reach(DraftTree tree, double[] scale) {
    reach = new double[tree.size()];
    reach[DraftTree.ROOT] = 1;
    for (int node = 1; node < reach.length; node++) {
      int parent = tree.parent(node);
      reach[node] = reach[parent] * tree.probability(node) / scale[parent];
    }
  }

  /** Of a tree in which the probabilities of a node's children add up to 1 at most. */
  public static Reach of(DraftTree tree) {
    double[] scale = new double[tree.size()];
    Arrays.fill(scale, 1);
    return new Reach(tree, scale);
  }

  /**
   * Of a tree that several drafters have added to. Where the probabilities of a node's children add
   * up to more than 1, they are scaled down to 1.
   */
  static Reach ofMerged(DraftTree tree) {
    double[] sums = new double[tree.size()];
    for (int node = 1; node < tree.size(); node++) {
      sums[tree.parent(node)] += tree.probability(node);
    }
    return new Reach(tree, Arrays.stream(sums).map(sum -> Math.max(1, sum)).toArray());
  }

  /** The probability that the text comes to a node; never more than to its parent. */
  public double at(int node) {
    return reach[node];
  }

  /**
   * The nodes that the text is likeliest to come to, the likeliest first. A node stands behind its
   * parent, and of equally likely nodes the one that was added first comes first. The root and
   * nodes that cannot be reached are left out.
   *
   * @param which the nodes to choose from
   * @param most how many nodes are given at most
   */
  public int[] likeliest(IntPredicate which, int most) {
    // The sort is stable, and no child is likelier than its parent.
    return IntStream.range(1, reach.length)
        .filter(node -> which.test(node) && reach[node] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble(node -> -reach[node]))
        .limit(most)
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
