package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.bookend.evaluation.attack.Observation.Seen;
import dev.bookend.model.runtime.Step;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** A user of a split model: makes the hidden states that are attacked. */
final class Victim {
  private final CutLayers layers;
  private final Collection<Integer> depths;

  /**
   * @param layers cut at k and L-k for each depth k, of L layers
   */
  Victim(CutLayers layers, Collection<Integer> depths) {
    this.layers = layers;
    this.depths = depths;
  }

  /**
   * Answers a prompt greedily.
   *
   * @param kept the manager that the hidden states are attached to
   * @param most tokens of the answer
   */
  Observation answer(NDManager kept, PromptTokens prompt, int most) {
    int[] tokens = generate(prompt.tokens(), most);
    Map<Integer, Seen> byDepth = new TreeMap<>();
    int sent = tokens.length - 1;
    try (LayerRanges.Run run = layers.run(0, layers.layers());
        NDManager scope = layers.newScope()) {
      NDArray embedded = layers.embed(scope, Arrays.copyOf(tokens, sent));
      Map<Integer, NDArray> states = run.forward(embedded, CutLayers.chain(0, sent));
      for (int depth : depths) {
        NDArray lower = states.get(depth);
        NDArray middle = states.get(layers.layers() - depth);
        lower.attach(kept);
        middle.attach(kept);
        byDepth.put(depth, new Seen(lower, middle));
      }
    }
    return new Observation(prompt, tokens, byDepth);
  }

  /**
   * Answers a prompt greedily over a wire that may change the answer.
   *
   * @return the states at the one depth, before they are sent
   */
  Observation answerOver(Wire wire, NDManager kept, PromptTokens prompt, int most) {
    int depth = depths.iterator().next();
    int upper = layers.layers() - depth;
    Random noise = Wire.draws("answering");
    int[] position = {0};
    NDList sent = new NDList();
    NDList answered = new NDList();
    try (NDManager parts = layers.newScope();
        LayerRanges.Run below = layers.run(0, depth);
        LayerRanges.Run middle = layers.run(depth, upper);
        LayerRanges.Run above = layers.run(upper, layers.layers())) {
      int[] tokens =
          generate(
              prompt.tokens(),
              most,
              (embedded, step) -> {
                NDArray lower = below.last(embedded, step);
                NDArray arrived = wire.carryText(lower, position[0], prompt, noise);
                position[0] += (int) lower.getShape().get(0);
                NDArray out = middle.last(arrived, step);
                lower.attach(parts);
                out.attach(parts);
                sent.add(lower);
                answered.add(out);
                return above.last(wire.carryBack(out), step);
              });
      NDArray lower = NDArrays.concat(sent);
      NDArray out = NDArrays.concat(answered);
      lower.attach(kept);
      out.attach(kept);
      return new Observation(prompt, tokens, Map.of(depth, new Seen(lower, out)));
    }
  }

  private int[] generate(int[] prompt, int most) {
    try (LayerRanges.Run run = layers.run(0, layers.layers())) {
      return generate(prompt, most, run::last);
    }
  }

  /**
   * Decodes greedily.
   *
   * @param decoder gives the last layer's hidden states of embedded tokens
   */
  private int[] generate(int[] prompt, int most, BiFunction<NDArray, Step, NDArray> decoder) {
    int[] tokens = Arrays.copyOf(prompt, prompt.length + most);
    int length = prompt.length;
    for (int done = 0; length < tokens.length; ) {
      try (NDManager scope = layers.newScope()) {
        NDArray embedded = layers.embed(scope, Arrays.copyOfRange(tokens, done, length));
        NDArray hidden = decoder.apply(embedded, CutLayers.chain(done, length - done));
        int next = layers.head().greedy(hidden.get("-1:"))[0].token();
        done = length;
        if (layers.decoder().config().endTokens().contains(next)) {
          break;
        }
        tokens[length++] = next;
      }
    }
    return Arrays.copyOf(tokens, length);
  }
}
