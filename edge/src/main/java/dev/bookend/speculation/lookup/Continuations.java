package dev.bookend.speculation.lookup;

import dev.bookend.speculation.DraftTree;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;

/** Grows a tree of the likeliest continuations of a context. */
public final class Continuations {
  /*
   * How likely a token is after a context is estimated as compression by partial matching does it
   * (Cleary and Witten 1984): from what followed the longest suffix that occurred before, and, to
   * the extent that this is little evidence, from what followed shorter ones. n places with d
   * different continuations count as evidence n L : d, where L grows with the suffix, for what
   * repeats at length tends to go on repeating.
   */
  private static final int MOST_GUESSES = 64;
  private static final int SUFFIXES = 4;
  private static final int MOST_CONTINUATIONS = 100; // more tell nothing
  private static final int LONG_SUFFIX = 12;
  private static final double LEAST_REACH = 0.01;

  private final DraftTree tree;
  private final PriorityQueue<Guess> guesses =
      new PriorityQueue<>(Comparator.comparingDouble(guess -> -guess.reach));

  private Continuations(DraftTree tree) {
    this.tree = tree;
  }

  /** A token that may follow a node of the tree. */
  private record Guess(int parent, int token, Context context, double probability, double reach) {}

  /** A token that may follow some context. */
  private record Continuation(Context context, double probability) {}

  /**
   * Adds the likeliest continuations to a tree.
   *
   * @param context of what comes after the tree's root
   */
  public static void propose(DraftTree tree, Context context) {
    new Continuations(tree).grow(context);
  }

  private void grow(Context context) {
    guess(DraftTree.ROOT, context, 1);
    for (int i = 0; i < MOST_GUESSES && !guesses.isEmpty() && !tree.isFull(); i++) {
      Guess guess = guesses.remove();
      int node = tree.add(guess.parent, guess.token, guess.probability);
      if (node != DraftTree.NONE) {
        guess(node, guess.context, guess.reach);
      }
    }
  }

  private void guess(int node, Context context, double reach) {
    continuations(context)
        .forEach(
            (token, next) -> {
              if (reach * next.probability >= LEAST_REACH) {
                guesses.add(
                    new Guess(
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
      double evidence = places * (1 + Math.min(suffix.length(), LONG_SUFFIX) / 2.0);
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
