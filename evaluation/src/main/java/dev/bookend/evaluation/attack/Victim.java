package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.evaluation.attack.Observation.Seen;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** Somebody who runs a model split: makes what the attackers look at. */
final class Victim {
  private final CutLayers layers;
  private final Collection<Integer> depths;

  /**
   * @param layers cut at k and L-k for each depth k
   */
  Victim(CutLayers layers, Collection<Integer> depths) {
    this.layers = layers;
    this.depths = depths;
  }

  /**
   * Answers a prompt greedily.
   *
   * @param kept what the hidden states are attached to
   * @param most tokens of the answer
   */
  Observation answer(NDManager kept, Prompt prompt, int most) {
    int[] tokens = generate(prompt.tokens(), most);
    Map<Integer, Seen> byDepth = new TreeMap<>();
    int sent = tokens.length - 1;
    try (CutLayers.Run run = layers.run(0, layers.layers());
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

  private int[] generate(int[] prompt, int most) {
    int[] tokens = Arrays.copyOf(prompt, prompt.length + most);
    int length = prompt.length;
    try (CutLayers.Run run = layers.run(0, layers.layers())) {
      for (int done = 0; length < tokens.length; ) {
        try (NDManager scope = layers.newScope()) {
          NDArray embedded = layers.embed(scope, Arrays.copyOfRange(tokens, done, length));
          NDArray hidden = run.last(embedded, CutLayers.chain(done, length - done));
          int next = layers.head().greedy(hidden.get("-1:"))[0].token();
          done = length;
          if (layers.decoder().config().endTokens().contains(next)) {
            break;
          }
          tokens[length++] = next;
        }
      }
    }
    return Arrays.copyOf(tokens, length);
  }
}
