package dev.bookend.speculation.drafthead;

import dev.bookend.model.runtime.OutputHead.Candidate;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Reach;
import dev.bookend.speculation.TokenTree;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Grows draft trees level by level: in each pass a draft head runs the nodes that the text is
 * likeliest to come to, and the tokens that it finds likely after them are added. Learns how long
 * passes take, and stops where another one does not pay. Not thread-safe.
 */
final class TreeGrowth {
  /** Tokens that the text is less likely to come to are not run. */
  private static final double LEAST_REACH = 0.05;

  /** How often one of the draft tokens after a token is sent and accepted. */
  private static final double ACCEPTED = 0.6;

  private static final double TIMES_LEARNING = 0.2;

  private final int width;
  private final LongSupplier nanoTime;
  private final double[] passSeconds;
  private boolean isWarm;

  /**
   * Knows nothing of times yet.
   *
   * @param passes how often to run the head for a tree at most
   * @param width how many nodes to run in one pass at most
   */
  TreeGrowth(int passes, int width, LongSupplier nanoTime) {
    this.width = width;
    this.nanoTime = nanoTime;
    this.passSeconds = new double[passes];
  }

  /** A draft head at work on one tree. */
  interface Pass {
    /**
     * Runs some more nodes. In the first pass it is the root alone.
     *
     * @param nodes all nodes that have been run or are to be run, the root first
     * @param ran how many of them have been run
     * @return for each of the others, the tokens that are likely to follow it
     */
    List<List<Candidate>> run(TokenTree nodes, int ran);
  }

  /** Adds draft tokens below the root of a tree. */
  void grow(DraftTree tree, Pass head) {
    List<Integer> run = new ArrayList<>();
    int[] next = {DraftTree.ROOT};
    Reach reach = Reach.of(tree);
    for (int pass = 0; pass < passSeconds.length && pays(pass, next, reach, tree); pass++) {
      long start = nanoTime.getAsLong();
      pass(tree, run, next, head);
      if (isWarm) { // The first time takes far longer, because code and weights are loaded.
        double seconds = (nanoTime.getAsLong() - start) / 1e9;
        passSeconds[pass] += TIMES_LEARNING * (seconds - passSeconds[pass]);
      }
      reach = Reach.of(tree);
      next = next(tree, run, reach);
    }
    isWarm = true;
  }

  /** Whether a pass over some nodes is expected to save more time than it takes. */
  private boolean pays(int pass, int[] next, Reach reach, DraftTree tree) {
    double saved = IntStream.of(next).mapToDouble(reach::at).sum() * ACCEPTED;
    return saved > 0 && (pass == 0 || saved * tree.secondsPerToken() >= passSeconds[pass]);
  }

  /** Runs some more nodes, and adds the draft tokens that follow them. */
  private static void pass(DraftTree tree, List<Integer> run, int[] next, Pass head) {
    int ran = run.size();
    IntStream.of(next).forEach(run::add);
    int[] tokens = run.stream().mapToInt(tree::token).toArray();
    int[] parents = run.stream().mapToInt(node -> run.indexOf(tree.parent(node))).toArray();
    List<List<Candidate>> candidates = head.run(new TokenTree(tokens, parents), ran);
    for (int i = 0; i < next.length; i++) {
      for (Candidate candidate : candidates.get(i)) {
        tree.add(next[i], candidate.token(), candidate.probability());
      }
    }
  }

  /** The nodes to run in the next pass: those that the text is likeliest to come to. */
  private int[] next(DraftTree tree, List<Integer> run, Reach reach) {
    return reach.likeliest(
        node ->
            reach.at(node) >= LEAST_REACH
                && tree.depth(node) < tree.maxDepth()
                && !run.contains(node),
        width);
  }
}
