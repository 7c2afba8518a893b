package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.decoder.TokenScore;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What a wire costs: how well the model still foretells a text. */
final class Quality {
  private static final long SEED = 3;

  private Quality() {}

  /**
   * The perplexity of documents where the lower layers' output travels over a wire, and the
   * middle's output too where that is not a defence of the edge's own.
   */
  static double perplexity(CutLayers layers, int depth, Wire wire, List<Observation> seen) {
    Random random = new Random(SEED);
    double sum = 0;
    long tokens = 0;
    for (Observation observation : seen) {
      Prompt prompt = observation.prompt();
      int from = Math.max(1, prompt.from());
      int length = prompt.to() - 1;
      int upper = layers.layers() - depth;
      try (NDManager scope = layers.newScope();
          CutLayers.Run below = layers.run(0, depth);
          CutLayers.Run middle = layers.run(depth, upper);
          CutLayers.Run above = layers.run(upper, layers.layers())) {
        var step = CutLayers.chain(0, length);
        NDArray sent =
            below.last(layers.embed(scope, Arrays.copyOf(prompt.tokens(), length)), step);
        NDArray answered = middle.last(wire.carry(sent, random), step);
        NDArray hidden = above.last(wire.carryBack(answered), step);
        int[] next = Arrays.copyOfRange(prompt.tokens(), from, prompt.to());
        for (TokenScore score : layers.head().score(hidden.get((from - 1) + ":"), next)) {
          sum -= score.logProbability();
          tokens++;
        }
      }
    }
    return Math.exp(sum / tokens);
  }
}
