package dev.bookend.export;

import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.runtime.RandomCheckpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Random models of four layers that differ in what the families differ in. */
enum Families {
  LLAMA("llama", 24, 4, 2, 8, 8, false, false),
  /** Heads that are together wider than the hidden states, every one with keys of its own. */
  MISTRAL("mistral", 24, 4, 4, 10, 10, false, false),
  QWEN2("qwen2", 32, 6, 1, 8, 8, true, false),
  QWEN3("qwen3", 24, 4, 2, 16, 16, false, true),
  /** Only half of each head is rotated. */
  PARTLY_ROTATED("llama", 24, 4, 2, 8, 4, false, false);

  static final int LAYERS = 4;

  private final String family;
  private final int width;
  private final int heads;
  private final int kvHeads;
  private final int headDim;
  private final int rotated;
  private final boolean bias;
  private final boolean norm;

  Families(
      String family,
      int width,
      int heads,
      int kvHeads,
      int headDim,
      int rotated,
      boolean bias,
      boolean norm) {
    this.family = family;
    this.width = width;
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.rotated = rotated;
    this.bias = bias;
    this.norm = norm;
  }

  RandomCheckpoint checkpoint() {
    List<Double> frequencies = new ArrayList<>();
    for (int i = 0; i < rotated; i += 2) {
      frequencies.add(Math.pow(10_000, -(double) i / rotated));
    }
    ModelConfig config =
        new ModelConfig(
            family,
            LAYERS,
            width,
            40,
            heads,
            kvHeads,
            headDim,
            50,
            1024,
            1e-5,
            new RotaryEmbedding(List.copyOf(frequencies)),
            OptionalInt.empty(),
            true,
            bias,
            norm,
            Set.of(0));
    return new RandomCheckpoint(11, config);
  }
}
