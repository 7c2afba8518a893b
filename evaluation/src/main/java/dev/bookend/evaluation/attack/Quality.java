package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.evaluation.report.Estimate;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.TokenScore;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * How good a model still is whose hidden states are sent over a wire.
 *
 * @param perplexity of the documents
 * @param agreement of the tokens of the answers given without a wire, how many percent the model
 *     also chooses over the wire after the same tokens; null if an answer is empty
 */
record Quality(Estimate perplexity, Estimate agreement) {

  /**
   * Measures a split model whose lower layers' output is sent over a wire, and whose middle's
   * output comes back over it, unless the wire is noise that the edge adds.
   *
   * @param seen with the answers that are given without a wire
   */
  static Quality over(Wire wire, CutLayers layers, int depth, List<Observation> seen) {
    Random random = Wire.draws("foretelling");
    int count = seen.size();
    double[] surprise = new double[count];
    double[] tokens = new double[count];
    double[] agreed = new double[count];
    double[] answered = new double[count];
    int upper = layers.layers() - depth;
    for (int i = 0; i < count; i++) {
      PromptTokens prompt = seen.get(i).prompt();
      int[] text = seen.get(i).tokens();
      int length = text.length - 1;
      try (NDManager scope = layers.newScope();
          LayerRanges.Run below = layers.run(0, depth);
          LayerRanges.Run middle = layers.run(depth, upper);
          LayerRanges.Run above = layers.run(upper, layers.layers())) {
        var step = CutLayers.chain(0, length);
        NDArray sent = below.last(layers.embed(scope, Arrays.copyOf(text, length)), step);
        NDArray back = middle.last(wire.carryText(sent, 0, prompt, random), step);
        NDArray hidden = above.last(wire.carryBack(back), step);
        int from = Math.max(1, prompt.from());
        int[] next = Arrays.copyOfRange(text, from, prompt.to());
        NDArray before = hidden.get((from - 1) + ":" + (prompt.to() - 1));
        for (TokenScore score : layers.head().score(before, next)) {
          surprise[i] -= score.logProbability();
        }
        tokens[i] = next.length;
        int answer = seen.get(i).answerFrom();
        if (text.length > answer) {
          TokenChoice[] choices = layers.head().greedy(hidden.get((answer - 1) + ":" + length));
          for (int k = 0; k < choices.length; k++) {
            agreed[i] += choices[k].token() == text[answer + k] ? 100 : 0;
          }
          answered[i] = choices.length;
        }
      }
    }
    return new Quality(
        Estimate.ofRatio(surprise, tokens).exp(),
        Arrays.stream(answered).allMatch(n -> n > 0) ? Estimate.ofRatio(agreed, answered) : null);
  }
}
