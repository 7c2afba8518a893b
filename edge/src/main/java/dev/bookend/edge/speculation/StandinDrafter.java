package dev.bookend.edge.speculation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.decoder.OutputHead.Candidate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Guesses with the model itself, but for its middle: the layers on this machine say what comes next
 * where a {@link Standin} takes the middle's place.
 */
public final class StandinDrafter implements Drafter {
  private static final int PASSES = 3; // a level of the tree each
  private static final int WIDTH = 6; // tokens that are run in one pass
  private static final int BESIDE = 6; // guesses after each
  private static final double LEAST_REACH = 0.1; // below that a pass costs more than it brings
  private static final int TOKENS_PER_LESSON = 64;

  private final Standin standin;
  private EdgeLayers session;
  private int learned;

  /**
   * @param standin not closed with this
   */
  public StandinDrafter(Standin standin) {
    this.standin = standin;
  }

  @Override
  public String name() {
    return "standin";
  }

  @Override
  public void follow(EdgeLayers layers) {
    session = layers;
  }

  /** Passes on what the layers said of the text in lessons: many small ones take longer. */
  @Override
  public void observe(Committed committed) {
    learned = Math.min(learned, committed.position());
    if (standin.isLearning() && committed.end() - learned >= TOKENS_PER_LESSON) {
      // Nothing comes before the first token, and what models say of it is unlike all else.
      int from = Math.max(1, learned);
      for (int end; from < committed.end(); from = end) {
        end = Math.min(committed.end(), from + 8 * TOKENS_PER_LESSON);
        standin.learn(session.lowerOutput(from, end), session.middleOutput(from - 1, end));
      }
      learned = committed.end();
    }
  }

  /** Tokens that have been run: what they were, and what the middle might have said of them. */
  private static final class Run {
    final List<Integer> nodes = new ArrayList<>();
    int[] tokens = {};
    int[] parents = {};

    /** Row 0: the last committed token; row i + 1: token i. */
    NDArray middle;
  }

  @Override
  public void propose(DraftTree tree) {
    if (!standin.isUseful() || session.length() == 0) {
      return;
    }
    try (NDManager scope = session.newScope()) {
      Run run = new Run();
      int last = session.length() - 1;
      run.middle =
          scope.create(
              session.middleOutput(last, last + 1),
              new Shape(1, session.hiddenSize()),
              DataType.FLOAT32);
      List<Integer> next = List.of(DraftTree.ROOT);
      for (int pass = 0; pass < PASSES && !next.isEmpty(); pass++) {
        pass(scope, tree, run, next);
        next = likeliest(tree, run);
      }
    }
  }

  /** Runs some more tokens; those before them must be run again, for one step has one mask. */
  private void pass(NDManager scope, DraftTree tree, Run run, List<Integer> next) {
    int before = run.nodes.size();
    run.nodes.addAll(next);
    run.tokens = run.nodes.stream().mapToInt(tree::token).toArray();
    run.parents =
        run.nodes.stream().mapToInt(node -> run.nodes.indexOf(tree.parent(node))).toArray();
    NDArray lower = session.lower(scope, run.tokens, run.parents).get(before + ":");
    int[] rows = Arrays.stream(run.parents).skip(before).map(parent -> parent + 1).toArray();
    NDArray parents = run.middle.get(scope.create(rows));
    run.middle = run.middle.concat(standin.estimate(lower, parents), 0);
    NDArray upper = session.upper(run.middle.get("1:"), run.tokens, run.parents);
    List<List<Candidate>> candidates = session.candidates(upper.get(before + ":"), BESIDE);
    for (int i = 0; i < next.size(); i++) {
      for (Candidate candidate : candidates.get(i)) {
        tree.add(next.get(i), candidate.token(), candidate.probability());
      }
    }
  }

  /** The tokens to run next: those that the text is likeliest to come to. */
  private static List<Integer> likeliest(DraftTree tree, Run run) {
    double[] reach = new double[tree.size()];
    reach[DraftTree.ROOT] = 1;
    for (int node = 1; node < reach.length; node++) {
      reach[node] = reach[tree.parent(node)] * tree.probability(node);
    }
    return IntStream.range(1, reach.length)
        .filter(node -> reach[node] >= LEAST_REACH && tree.depth(node) < tree.maxDepth())
        .boxed()
        .filter(node -> !run.nodes.contains(node))
        .sorted(Comparator.comparingDouble(node -> -reach[node]))
        .limit(WIDTH)
        .toList();
  }
}
