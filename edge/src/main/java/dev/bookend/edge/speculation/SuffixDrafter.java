package dev.bookend.edge.speculation;

import dev.bookend.edge.speculation.SuffixAutomaton.State;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Guesses that what followed the text's last tokens before follows again: a tree of the likeliest
 * continuations, counted over prompt and answer.
 */
public final class SuffixDrafter implements Drafter {
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

  private final SuffixAutomaton text = new SuffixAutomaton();

  @Override
  public String name() {
    return "suffix";
  }

  /** A text that goes another way is just more text: what it said before may come again. */
  @Override
  public void observe(Committed committed) {
    for (int token : committed.tokens()) {
      text.append(token);
    }
  }

  /** A token that may follow a node of the tree. */
  private record Guess(int parent, int token, State context, double probability, double reach) {}

  /** A token that may follow some context. */
  private record Continuation(State context, double probability) {}

  @Override
  public void propose(DraftTree tree) {
    PriorityQueue<Guess> guesses =
        new PriorityQueue<>(Comparator.comparingDouble(guess -> -guess.reach));
    State context = text.longestSuffix(tree.token(DraftTree.ROOT));
    guess(guesses, DraftTree.ROOT, context, 1);
    for (int i = 0; i < MOST_GUESSES && !guesses.isEmpty() && !tree.isFull(); i++) {
      Guess guess = guesses.remove();
      int node = tree.add(guess.parent, guess.token, guess.probability);
      if (node != DraftTree.NONE) {
        guess(guesses, node, guess.context, guess.reach);
      }
    }
  }

  private static void guess(PriorityQueue<Guess> guesses, int node, State context, double reach) {
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

  private static Map<Integer, Continuation> continuations(State longest) {
    Map<Integer, Continuation> continuations = new HashMap<>();
    double left = 1;
    State suffix = longest;
    for (int i = 0; i < SUFFIXES && suffix.length() > 0; i++, suffix = suffix.link()) {
      Map<Integer, State> next = suffix.next();
      if (next.isEmpty() || next.size() > MOST_CONTINUATIONS) {
        continue;
      }
      int places = next.values().stream().mapToInt(State::count).sum();
      double evidence = places * (1 + Math.min(suffix.length(), LONG_SUFFIX) / 2.0);
      double share = left * evidence / (evidence + next.size());
      next.forEach(
          (token, state) ->
              continuations.merge(
                  token,
                  new Continuation(state, share * state.count() / places),
                  (longer, shorter) ->
                      new Continuation(longer.context, longer.probability + shorter.probability)));
      left -= share;
    }
    return continuations;
  }
}
