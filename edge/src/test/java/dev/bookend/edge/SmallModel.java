package dev.bookend.edge;

import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.ModelConfig;
import dev.bookend.model.decoder.RandomCheckpoint;
import java.util.List;
import java.util.OptionalInt;

/** A random model of four layers, and what it says when it runs whole in one process. */
final class SmallModel {
  private static final RandomCheckpoint CHECKPOINT = new RandomCheckpoint(7);
  static final int VOCABULARY = 50;

  private SmallModel() {}

  static RandomCheckpoint checkpoint() {
    return CHECKPOINT;
  }

  /** The same with another context length and sliding window. */
  static RandomCheckpoint checkpoint(int contextLength, OptionalInt slidingWindow) {
    ModelConfig config = CHECKPOINT.config();
    return new RandomCheckpoint(
        7,
        new ModelConfig(
            config.family(),
            config.layers(),
            config.hiddenSize(),
            config.intermediateSize(),
            config.heads(),
            config.kvHeads(),
            config.headDim(),
            config.vocabularySize(),
            contextLength,
            config.normEpsilon(),
            config.rope(),
            slidingWindow,
            config.tiedEmbeddings(),
            config.attentionBias(),
            config.queryKeyNorm(),
            config.endTokens()));
  }

  static List<Integer> greedy(int[] prompt, int count) {
    return greedy(CHECKPOINT, prompt, count);
  }

  static List<Integer> greedy(Checkpoint checkpoint, int[] prompt, int count) {
    try (WholeModel whole = new WholeModel(checkpoint)) {
      return whole.greedy(prompt, count);
    }
  }
}
