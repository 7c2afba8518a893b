package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Recovers a prompt by running candidate tokens through the public lower layers after the prefix
 * recovered so far, and taking the one whose state, as it would arrive, is nearest to the state
 * that did arrive. An inverter ranks the candidates, and {@link Otherwise} says what to do if none
 * fits. Over a wire with noise none fits; {@link LikelihoodMatching} is for that.
 *
 * <p>The candidates for a position are run as siblings in a tree, so that a batch takes one step.
 * The chosen one's keys and values stay in their slot, and nothing is run again.
 */
final class VocabularyMatching {
  private static final int[] BATCH_ENDS = {16, 64, 256};
  private static final int LARGEST = BATCH_ENDS[BATCH_ENDS.length - 1];

  private static final Random NO_NOISE = new Random(0);

  private final LayerRanges layers;
  private final int depth;
  private final Wire wire;
  private final Inverter candidates;
  private final int[] beginning;
  private final Otherwise otherwise;

  /** Hears of each token as soon as it is recovered. What it throws ends the search. */
  interface Listener {
    void onToken(int position, int token);
  }

  /** What to do at a position where no candidate fits. */
  enum Otherwise {
    /** End the search. */
    END,
    /** Try all other tokens of the vocabulary. */
    TRY_ALL,
    /** Take the nearest candidate, if the states come from layers that differ a little. */
    TAKE_NEAREST
  }

  /**
   * @param layers cut at the depth
   * @param candidates predicts which tokens a state may belong to
   * @param beginning tokens that prompts are known to begin with, which are tried first; may be
   *     empty
   */
  VocabularyMatching(
      LayerRanges layers,
      int depth,
      Wire wire,
      Inverter candidates,
      int[] beginning,
      Otherwise otherwise) {
    this.layers = layers;
    this.depth = depth;
    this.wire = wire;
    this.candidates = candidates;
    this.beginning = beginning;
    this.otherwise = otherwise;
  }

  /**
   * Recovers tokens. If no token fits at a position, the prefix is wrong or the states are not this
   * model's; from there on the result is the inverter's best candidates.
   *
   * @param states FP32 [T,H] as they arrived
   * @return T tokens
   */
  int[] recover(NDArray states) {
    return recover(states, (position, token) -> {});
  }

  /** As {@link #recover(NDArray)}; what is taken for want of a fitting token is not told. */
  int[] recover(NDArray states, Listener listener) {
    int[][] ranked = candidates.best(states, LARGEST);
    int[] tokens = Arrays.stream(ranked).mapToInt(row -> row[0]).toArray();
    try (Search search = new Search(states)) {
      int at = search.begin();
      System.arraycopy(beginning, 0, tokens, 0, at);
      for (int i = 0; i < at; i++) {
        listener.onToken(i, tokens[i]);
      }
      for (; at < tokens.length; at++) {
        int token = search.next(at, ranked[at]);
        if (token < 0) {
          break;
        }
        tokens[at] = token;
        listener.onToken(at, token);
      }
    }
    return tokens;
  }

  /** The recovered prefix in the lower layers' caches. */
  private final class Search implements AutoCloseable {
    private final LayerRanges.Run run = layers.run(0, depth);
    private final BitSet prefix = new BitSet(); // slots
    private final NDArray states;
    private final float[] limits; // largest distance of the right token's state

    Search(NDArray states) {
      this.states = states;
      try (NDManager scope = layers.newScope()) {
        NDArray own = rows(scope, 0, (int) states.getShape().get(0));
        limits = wire.slack(own).toFloatArray();
        if (otherwise == Otherwise.TAKE_NEAREST) {
          Arrays.fill(limits, Float.POSITIVE_INFINITY);
        }
      }
    }

    private NDArray rows(NDManager scope, int from, int to) {
      return states.get(scope, new NDIndex("{}:{}", from, to));
    }

    /** Takes the known beginning if it fits, and returns how many tokens it has. */
    int begin() {
      int length = beginning.length;
      if (length == 0 || length > limits.length) {
        return 0;
      }
      try (NDManager scope = layers.newScope()) {
        NDArray out = run.last(layers.embed(scope, beginning), LayerRanges.chain(0, length));
        float[] distances = distances(out, rows(scope, 0, length));
        if (IntStream.range(0, length).anyMatch(i -> !(distances[i] <= limits[i]))) {
          return 0;
        }
      }
      prefix.set(0, length);
      return length;
    }

    /** Takes the token at a position; -1 if none fits. */
    int next(int position, int[] ranked) {
      Nearest nearest = new Nearest();
      for (int from = 0, batch = 0; from < ranked.length && batch < BATCH_ENDS.length; batch++) {
        int to = Math.min(ranked.length, BATCH_ENDS[batch]);
        compare(position, Arrays.copyOfRange(ranked, from, to), nearest);
        if (nearest.isClear(limits[position])) {
          return take(nearest);
        }
        from = to;
      }
      int[] rest = otherwise == Otherwise.TRY_ALL ? othersThan(ranked) : new int[0];
      for (int from = 0; from < rest.length; from += LARGEST) {
        int to = Math.min(rest.length, from + LARGEST);
        compare(position, Arrays.copyOfRange(rest, from, to), nearest);
        if (nearest.isClear(limits[position])) {
          return take(nearest);
        }
      }
      return nearest.distance <= limits[position] ? take(nearest) : -1;
    }

    private int[] othersThan(int[] tokens) {
      int[] tried = Arrays.stream(tokens).sorted().toArray();
      return IntStream.range(0, layers.vocabularySize())
          .filter(token -> Arrays.binarySearch(tried, token) < 0)
          .toArray();
    }

    private int take(Nearest nearest) {
      prefix.set(nearest.slot);
      return nearest.token;
    }

    private void compare(int position, int[] tokens, Nearest nearest) {
      int[] slots =
          IntStream.iterate(0, slot -> slot + 1)
              .filter(slot -> !prefix.get(slot) && slot != nearest.slot)
              .limit(tokens.length)
              .toArray();
      try (NDManager scope = layers.newScope()) {
        NDArray out =
            run.last(layers.embed(scope, tokens), LayerRanges.siblings(position, slots, prefix));
        float[] distances = distances(out, rows(scope, position, position + 1));
        for (int i = 0; i < tokens.length; i++) {
          nearest.offer(tokens[i], slots[i], distances[i]);
        }
      }
    }

    private float[] distances(NDArray some, NDArray seen) {
      return wire.carry(some, NO_NOISE).sub(seen).square().sum(new int[] {1}).sqrt().toFloatArray();
    }

    @Override
    public void close() {
      run.close();
    }
  }

  /** The nearest token so far. */
  private static final class Nearest {
    private int token = -1;
    private int slot = -1;
    private float distance = Float.POSITIVE_INFINITY;
    private float second = Float.POSITIVE_INFINITY;

    void offer(int otherToken, int otherSlot, float otherDistance) {
      if (otherDistance < distance) {
        second = distance;
        token = otherToken;
        slot = otherSlot;
        distance = otherDistance;
      } else if (otherDistance < second) {
        second = otherDistance;
      }
    }

    /** Whether the nearest token fits and no other is near. */
    boolean isClear(float limit) {
      return distance <= limit && second >= 2 * distance;
    }
  }
}
