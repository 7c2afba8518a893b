package dev.bookend.speculation.lookup;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Reach;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/** Grows a draft tree of the likeliest continuations of a context. */
public final class Continuations {
  /*
   * How probable a token is after a context is estimated as in compression by partial matching
   * (Cleary and Witten 1984): from what followed the longest suffix that occurred before, and, where
   * that is little evidence, also from what followed shorter suffixes. n places with d different
   * continuations count as evidence n L : d, where L grows with the length of the suffix, because a
   * text that has repeated itself for long tends to go on repeating itself. With L = (length + 1) / 4,
   * tokens came 0.94 times as often as claimed in 30 answers of SmolLM2; with 1 + length / 2 it was
   * 0.67 times, and what one long repetition promised in vain cost all other draft tokens their
   * credit.
   */
  private static final int MOST_TOKENS = 64;
  private static final int SUFFIXES = 4;
  private static final int MOST_CONTINUATIONS = 100; // With more, none of them is probable.
  private static final int LONG_SUFFIX = 12;
  private static final double LEAST_REACH = 0.01;

  private final DraftTree tree;
  private final PriorityQueue<Candidate> candidates =
      new PriorityQueue<>(Comparator.comparingDouble(candidate -> -candidate.reach));

  private Continuations(DraftTree tree) {
    this.tree = tree;
  }

  /** A token that may follow a node of the tree. */
  private record Candidate(
      int parent, int token, Context context, double probability, double reach) {}

  /** A token that may follow a context. */
  private record Continuation(Context context, double probability) {}

  /**
   * Adds the likeliest continuations to a tree, below its root and below the nodes that it has.
   *
   * @param context the places behind the tree's root
   */
  public static void propose(DraftTree tree, Context context) {
    new Continuations(tree).grow(context);
  }

  private void grow(Context root) {
    Reach reach = Reach.of(tree);
    int known = tree.size();
    Map<Integer, Context> contexts = new HashMap<>(Map.of(DraftTree.ROOT, root));
    consider(DraftTree.ROOT, root, 1);
    for (int node = 1; node < known; node++) {
      Context before = contexts.get(tree.parent(node));
      if (before != null && reach.at(node) >= LEAST_REACH) {
        Optional<? extends Context> behind = behind(before, tree.token(node));
        if (behind.isPresent()) {
          contexts.put(node, behind.get());
          consider(node, behind.get(), Math.min(1, reach.at(node)));
        }
      }
    }
    for (int i = 0; i < MOST_TOKENS && !candidates.isEmpty() && !tree.isFull(); i++) {
      Candidate likeliest = candidates.remove();
      int node = tree.add(likeliest.parent, likeliest.token, likeliest.probability);
      if (node != DraftTree.NONE) {
        consider(node, likeliest.context, likeliest.reach);
      }
    }
  }

  /** The places behind the longest suffix of a context that a token follows. */
  private static Optional<? extends Context> behind(Context before, int token) {
    Optional<? extends Context> next = before.next(token);
    for (Context shorter = before; next.isEmpty() && shorter.length() > 0; ) {
      shorter = shorter.link();
      next = shorter.next(token);
    }
    return next;
  }

  private void consider(int node, Context context, double reach) {
    continuations(context)
        .forEach(
            (token, next) -> {
              if (reach * next.probability >= LEAST_REACH) {
                candidates.add(
                    new Candidate(
                        node, token, next.context, next.probability, reach * next.probability));
              }
            });
  }

  private static Map<Integer, Continuation> continuations(Context longest) {
    Map<Integer, Continuation> continuations = new HashMap<>();
    double left = 1;
    Context suffix = longest;
    for (int i = 0; i < SUFFIXES && suffix.length() > 0; i++, suffix = suffix.link()) {
      Map<Integer, ? extends Context> next = suffix.next();
      if (next.isEmpty() || next.size() > MOST_CONTINUATIONS) {
        continue;
      }
      int places = next.values().stream().mapToInt(Context::count).sum();
      double evidence = places * (1 + Math.min(suffix.length(), LONG_SUFFIX)) / 4.0;
      double share = left * evidence / (evidence + next.size());
      next.forEach(
          (token, context) ->
              continuations.merge(
                  token,
                  new Continuation(context, share * context.count() / places),
                  (longer, shorter) ->
                      new Continuation(longer.context, longer.probability + shorter.probability)));
      left -= share;
    }
    return continuations;
  }
}
