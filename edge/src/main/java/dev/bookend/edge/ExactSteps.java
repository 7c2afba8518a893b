package dev.bookend.edge;

import dev.bookend.edge.speculation.EdgeLayers;
import dev.bookend.model.decoder.TokenChoice;
import dev.bookend.triton.TritonException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * The sizes that steps must have on this machine and with this cloud so that a token's hidden
 * states are the same, to the last bit, whatever other tokens are in its step.
 *
 * <p>Matrix libraries choose their kernel by the number of rows, and kernels add up in different
 * orders. Which libraries run here and in the cloud is not known, so {@link #find} tries sizes out,
 * and no step has another one: tokens that nobody sees fill it up.
 *
 * @param least tokens that a step has at least; the other sizes are twice that, four times, ...
 */
public record ExactSteps(int least) {
  /** Most tokens of a step. */
  static final int MOST = 32;

  private static final List<Integer> LEAST = List.of(1, 2, 4, 8, 16);

  /** So many that the tokens tried go beyond the first 64 cache slots. */
  private static final int PREFIX = 52;

  private static final int TRIED = 16;

  /** How many of the tokens tried share a step, one step after the other. */
  private static final List<List<Integer>> TRIALS =
      List.of(List.of(3, 7, 6), List.of(2, 8, 5, 1), List.of(4, 11, 1));

  /**
   * Tries sizes out with tokens drawn at random, the smallest first; some thirty round trips.
   *
   * @return the first for which all that was tried is the same to the last bit; empty: none
   * @throws TritonException if the cloud is lost for good
   */
  public static Optional<ExactSteps> find(SplitModel model) {
    if (model.maxTokensPerStep() < MOST || model.contextLength() < PREFIX + 2 * MOST) {
      return Optional.empty();
    }
    int[] tokens = new Random(1).ints(PREFIX + TRIED, 0, model.config().vocabularySize()).toArray();
    return LEAST.stream()
        .map(ExactSteps::new)
        .filter(steps -> steps.hold(model, tokens))
        .findFirst();
  }

  /** The size of a step for some tokens. */
  int size(int tokens) {
    int size = least;
    while (size < tokens && size < MOST) {
      size *= 2;
    }
    return Math.max(size, tokens); // a long prompt's steps are as long as they can be
  }

  private boolean hold(SplitModel model, int[] tokens) {
    List<Seen> together = run(model, tokens, List.of(TRIED), 0);
    return TRIALS.stream().allMatch(sizes -> run(model, tokens, sizes, 0).equals(together))
        && run(model, tokens, List.of(TRIED), TRIED).equals(together)
        && oneByOne(model, tokens, together);
  }

  private boolean oneByOne(SplitModel model, int[] tokens, List<Seen> expected) {
    try (Session session = model.newSession(Optional.of(this))) {
      session.prefill(Arrays.copyOf(tokens, PREFIX));
      for (int i = 0; i < TRIED; i++) {
        if (!step(session, tokens, 1, 0).get(0).equals(expected.get(i))) {
          return false;
        }
      }
      return true;
    }
  }

  private List<Seen> run(SplitModel model, int[] tokens, List<Integer> sizes, int beside) {
    List<Seen> seen = new ArrayList<>();
    try (Session session = model.newSession(Optional.of(this))) {
      session.prefill(Arrays.copyOf(tokens, PREFIX));
      for (int i = 0; session.length() < tokens.length; i++) {
        int size = Math.min(sizes.get(i % sizes.size()), tokens.length - session.length());
        seen.addAll(step(session, tokens, size, beside));
      }
    }
    return seen;
  }

  /**
   * What a token led to.
   *
   * @param middle the middle layers' output
   * @param choice what the upper layers and the LM head make of it
   */
  private record Seen(ByteBuffer middle, TokenChoice choice) {}

  private static List<Seen> step(Session session, int[] tokens, int size, int beside) {
    int from = session.length();
    int[] chain = Arrays.copyOfRange(tokens, from, from + size);
    TokenChoice[] choices = session.verify(TokenTree.chain(chain).padded(size + beside));
    int[] nodes = new int[size];
    Arrays.setAll(nodes, i -> i);
    session.commit(nodes);
    EdgeLayers layers = session.draftLayers();
    List<Seen> seen = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      seen.add(new Seen(layers.middleOutput(from + i, from + i + 1), choices[i]));
    }
    return seen;
  }
}
