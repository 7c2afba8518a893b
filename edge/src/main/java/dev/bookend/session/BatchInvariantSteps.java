package dev.bookend.session;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.remote.CloudException;
import dev.bookend.speculation.EdgeLayers;
import dev.bookend.speculation.TokenTree;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The sizes that steps must have on this machine and with this cloud so that a token's hidden
 * states are the same, to the last bit, whatever other tokens are in its step.
 *
 * <p>Matrix libraries choose their kernel by the number of rows, and kernels add up in different
 * orders. Which libraries run here and in the cloud is not known. So {@link #find} tries sizes out,
 * and every step has one of those that passed: it is padded with tokens that no other token sees.
 *
 * @param sizes in rising order; the last one is {@link #MOST}
 */
public record BatchInvariantSteps(List<Integer> sizes) {
  /** Most tokens of a step. */
  static final int MOST = 32;

  private static final List<Integer> TRIED_SIZES = List.of(1, 2, 4, 8, 12, 16, 24, MOST);

  /** Tokens in front of those that are tried, so that these go beyond the first 64 cache slots. */
  private static final int PREFIX = 52;

  /** Least number of tokens with which each size is tried. */
  private static final int ENOUGH = 12;

  /** How many of the tokens tried share a step, one step after the other. */
  private static final List<List<Integer>> TRIALS =
      List.of(List.of(3, 7, 6), List.of(2, 8, 5, 1), List.of(4, 11, 1));

  /**
   * Tries each size with tokens drawn at random and compares the hidden states and choices with
   * those of steps of the largest size. Takes some sixty round trips.
   *
   * @return the sizes for which all that was tried is the same to the last bit; empty if there are
   *     none, or the model has a sliding window, or the context or the server's steps are too small
   * @throws CloudException if the cloud is lost for good
   */
  public static Optional<BatchInvariantSteps> find(EdgeModel model) {
    if (model.maxTokensPerStep() < MOST
        || model.contextLength() < PREFIX + 2 * MOST
        || model.config().slidingWindow().isPresent()) {
      return Optional.empty(); // a window moves with each token: no step can be padded
    }
    int[] tokens = new Random(1).ints(PREFIX + MOST, 0, model.config().vocabularySize()).toArray();
    BatchInvariantSteps largest = new BatchInvariantSteps(List.of(MOST));
    List<Seen> expected = largest.run(model, tokens, List.of(MOST), 0);
    List<Integer> same =
        TRIED_SIZES.stream()
            .filter(size -> size == MOST || isSame(size, model, tokens, expected))
            .toList();
    return Stream.of(new BatchInvariantSteps(same), largest)
        .distinct()
        .filter(steps -> steps.hold(model, tokens, expected))
        .findFirst();
  }

  /**
   * As {@link #find}, for who cannot do without.
   *
   * @throws BookendException with {@link ErrorCode#NOT_BATCH_INVARIANT} if there are none
   * @throws CloudException if the cloud is lost for good
   */
  public static BatchInvariantSteps require(EdgeModel model) {
    return find(model)
        .orElseThrow(
            () ->
                new BookendException(
                    ErrorCode.NOT_BATCH_INVARIANT,
                    "no step size was found in which hidden states are the same to the last bit"
                        + " here and in the cloud, or the model has a sliding window or too short a"
                        + " context to try"));
  }

  private static boolean isSame(int size, EdgeModel model, int[] tokens, List<Seen> expected) {
    int count = (ENOUGH + size - 1) / size * size;
    return new BatchInvariantSteps(List.of(size, MOST))
        .run(model, Arrays.copyOf(tokens, PREFIX + count), List.of(size), 0)
        .equals(expected.subList(0, count));
  }

  /** Whether the states are also the same in padded steps and beside draft tokens of no use. */
  private boolean hold(EdgeModel model, int[] tokens, List<Seen> expected) {
    int half = MOST / 2;
    return TRIALS.stream().allMatch(counts -> run(model, tokens, counts, 0).equals(expected))
        && run(model, Arrays.copyOf(tokens, PREFIX + half), List.of(half), half)
            .equals(expected.subList(0, half));
  }

  /** The least number of tokens that a step has. */
  public int least() {
    return sizes.get(0);
  }

  /** The number of tokens that a step must have to hold so many. */
  int size(int tokens) {
    return sizes.stream()
        .filter(size -> size >= tokens)
        .findFirst()
        .orElse(tokens); // a long prompt's steps are as long as they can be
  }

  private List<Seen> run(EdgeModel model, int[] tokens, List<Integer> counts, int beside) {
    List<Seen> seen = new ArrayList<>();
    try (Session session = new Session(model, Optional.of(this))) {
      session.prefill(Arrays.copyOf(tokens, PREFIX));
      for (int i = 0; session.length() < tokens.length; i++) {
        int count = Math.min(counts.get(i % counts.size()), tokens.length - session.length());
        seen.addAll(step(session, tokens, count, beside));
      }
    }
    return seen;
  }

  /**
   * What the layers made of a token.
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
    session.accept(nodes);
    EdgeLayers layers = session.draftLayers();
    List<Seen> seen = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      seen.add(new Seen(layers.middleOutput(from + i, from + i + 1), choices[i]));
    }
    return seen;
  }
}
