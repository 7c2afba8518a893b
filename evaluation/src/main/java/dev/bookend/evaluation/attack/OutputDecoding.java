package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.runtime.TokenChoice;
import java.util.Arrays;

/**
 * Recovers an answer by running the public upper layers and the LM head over the middle's output.
 */
final class OutputDecoding {
  private final CutLayers layers;
  private final int depth;

  /**
   * @param layers cut at L-k
   * @param depth k
   */
  OutputDecoding(CutLayers layers, int depth) {
    this.layers = layers;
    this.depth = depth;
  }

  /**
   * Recovers the greedy token after each state.
   *
   * @param states FP32 [T,H], the middle's output
   */
  int[] recover(NDArray states) {
    int all = layers.layers();
    try (NDManager scope = layers.newScope();
        LayerRanges.Run run = layers.run(all - depth, all)) {
      NDArray input = states.duplicate();
      input.attach(scope);
      NDArray hidden = run.last(input, CutLayers.chain(0, (int) states.getShape().get(0)));
      return Arrays.stream(layers.head().greedy(hidden)).mapToInt(TokenChoice::token).toArray();
    }
  }
}
