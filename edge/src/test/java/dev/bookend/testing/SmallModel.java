package dev.bookend.testing;

import ai.djl.Device;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.runtime.WholeModel;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A random model of four layers, and what it says when it runs whole in one process. */
public final class SmallModel {
  private static final RandomCheckpoint CHECKPOINT = new RandomCheckpoint(7);
  public static final int VOCABULARY = 50;

  // Opening a model costs more than most tests: these stay open until the JVM ends.
  private static final Map<ModelConfig, WholeModel> WHOLE = new ConcurrentHashMap<>();
  private static final Map<ModelConfig, SplitModel> SPLIT = new ConcurrentHashMap<>();

  private SmallModel() {}

  /** Split 1:1 with an embedded cloud; shared, so not to be closed. */
  public static SplitModel split() {
    return split(CHECKPOINT);
  }

  /** As {@link #split()}, with another context length or sliding window. */
  public static SplitModel split(RandomCheckpoint checkpoint) {
    return SPLIT.computeIfAbsent(
        checkpoint.config(),
        config -> SplitModel.open(checkpoint, SplitOptions.DEFAULT.withSplit(new Split(1, 1))));
  }

  public static RandomCheckpoint checkpoint() {
    return CHECKPOINT;
  }

  /** The same with another context length and sliding window. */
  public static RandomCheckpoint checkpoint(int contextLength, OptionalInt slidingWindow) {
    ModelConfig config = CHECKPOINT.config();
    return new RandomCheckpoint(
        7,
        new ModelConfig(
            config.architecture(),
            config.traits(),
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
            config.endTokens()));
  }

  /** The whole of it, to be closed. */
  public static WholeModel whole() {
    return whole(CHECKPOINT);
  }

  private static WholeModel whole(RandomCheckpoint checkpoint) {
    return new WholeModel(checkpoint, Device.cpu(), WeightType.F32);
  }

  public static List<Integer> greedy(int[] prompt, int count) {
    return greedy(CHECKPOINT, prompt, count);
  }

  public static List<Integer> greedy(RandomCheckpoint checkpoint, int[] prompt, int count) {
    return WHOLE
        .computeIfAbsent(checkpoint.config(), config -> whole(checkpoint))
        .decode(prompt, count, Set.of())
        .stream()
        .map(TokenChoice::token)
        .toList();
  }
}
