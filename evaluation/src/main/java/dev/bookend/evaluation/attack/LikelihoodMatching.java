package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import dev.bookend.model.runtime.OutputHead.Candidate;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Recovers a prompt from states with Gaussian noise of a known size, as an attacker would who knows
 * of the defence: takes at each position the token that is most probable given the state that
 * arrived and the prefix recovered so far. By Bayes' rule, the likelihood is the density of the
 * noise around the public lower layers' state of a token, and the prior is the public model's own
 * probability of the token.
 */
final class LikelihoodMatching {
  private static final int BY_STATE = 192;
  private static final int BY_TEXT = 64;

  private final CutLayers layers;
  private final int depth;
  private final double size;
  private final Inverter candidates;
  private final int[] beginning;

  /**
   * @param layers cut at the depth
   * @param size of the noise, in root mean squares of a state
   * @param candidates predicts which tokens a state may belong to
   * @param beginning tokens that prompts are known to begin with; may be empty
   */
  LikelihoodMatching(
      CutLayers layers, int depth, double size, Inverter candidates, int[] beginning) {
    this.layers = layers;
    this.depth = depth;
    this.size = size;
    this.candidates = candidates;
    this.beginning = beginning;
  }

  /**
   * Recovers tokens.
   *
   * @param states FP32 [T,H] as they arrived
   * @return T tokens
   */
  int[] recover(NDArray states) {
    int[][] ranked = candidates.best(states, BY_STATE);
    int[] tokens = Arrays.copyOf(beginning, ranked.length);
    int known = Math.min(beginning.length, ranked.length);
    try (Prefix prefix = new Prefix(Arrays.copyOf(beginning, known))) {
      for (int at = known; at < ranked.length; at++) {
        Map<Integer, Double> text = at == 0 ? Map.of() : prefix.next();
        Set<Integer> tried = new LinkedHashSet<>(text.keySet());
        Arrays.stream(ranked[at]).forEach(tried::add);
        int[] some = tried.stream().mapToInt(token -> token).toArray();
        tokens[at] = prefix.extend(some, states, text);
      }
    }
    return tokens;
  }

  /** The recovered tokens in the caches of the lower layers, and of the whole model. */
  private final class Prefix implements AutoCloseable {
    private final LayerRanges.Run lower = layers.run(0, depth);
    private final LayerRanges.Run whole = layers.run(0, layers.layers());
    private final BitSet slots = new BitSet();
    private int length;
    private int last;

    Prefix(int[] beginning) {
      if (beginning.length > 0) {
        length = beginning.length;
        last = beginning[length - 1];
        slots.set(0, length);
        run(lower, beginning);
        run(whole, Arrays.copyOf(beginning, length - 1)); // next() runs the last one
      }
    }

    private void run(LayerRanges.Run run, int[] tokens) {
      if (tokens.length > 0) {
        try (NDManager scope = layers.newScope()) {
          run.last(layers.embed(scope, tokens), CutLayers.chain(0, tokens.length));
        }
      }
    }

    /** The most probable next tokens after the text alone, with their probabilities. */
    Map<Integer, Double> next() {
      Map<Integer, Double> next = new HashMap<>();
      try (NDManager scope = layers.newScope()) {
        NDArray hidden = whole.last(layers.embed(scope, last), CutLayers.chain(length - 1, 1));
        for (Candidate candidate :
            layers.head().candidates(hidden, Math.min(BY_TEXT, layers.vocabularySize())).get(0)) {
          next.put(candidate.token(), candidate.probability());
        }
      }
      return next;
    }

    /** Extends the prefix by the most probable of some tokens, and returns it. */
    int extend(int[] tokens, NDArray states, Map<Integer, Double> text) {
      int[] free =
          IntStream.iterate(0, slot -> slot + 1)
              .filter(slot -> !slots.get(slot))
              .limit(tokens.length)
              .toArray();
      float[] misses;
      double variance;
      try (NDManager scope = layers.newScope()) {
        NDArray seen = states.get(scope, new NDIndex("{}:{}", length, length + 1));
        NDArray out =
            lower.last(layers.embed(scope, tokens), CutLayers.siblings(length, free, slots));
        misses = out.sub(seen).square().sum(new int[] {1}).toFloatArray();
        double square = seen.square().mean().getFloat();
        variance = square * size * size / (1 + size * size); // the noise's part of the square
      }
      double rest = 1 - text.values().stream().mapToDouble(p -> p).sum();
      double unlikely = Math.log(Math.max(rest, 1e-6) / layers.vocabularySize());
      int best = 0;
      double bestScore = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < tokens.length; i++) {
        Double probability = text.get(tokens[i]);
        double prior = probability == null ? unlikely : Math.log(probability);
        double score = prior - misses[i] / (2 * variance);
        if (score > bestScore) {
          bestScore = score;
          best = i;
        }
      }
      slots.set(free[best]);
      last = tokens[best];
      length++;
      return last;
    }

    @Override
    public void close() {
      lower.close();
      whole.close();
    }
  }
}
