package dev.bookend.export;

import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.architecture.TensorSpec;
import dev.bookend.model.architecture.Trait;
import dev.bookend.model.architecture.WindowRule;
import dev.bookend.model.runtime.RandomCheckpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Random models of four layers that differ in what the families differ in. */
enum Families {
  LLAMA(Architecture.LLAMA, 24, 4, 2, 8, 8),
  /** Heads that are together wider than the hidden states, every one with keys of its own. */
  MISTRAL(Architecture.MISTRAL, 24, 4, 4, 10, 10),
  QWEN2(Architecture.QWEN2, 32, 6, 1, 8, 8),
  QWEN3(Architecture.QWEN3, 24, 4, 2, 16, 16),
  /** Only half of each head is rotated. */
  PARTLY_ROTATED(Architecture.LLAMA, 24, 4, 2, 8, 4),
  /** A family with every trait, whose tensors have other names and another order. */
  RENAMED(renamed(), 24, 4, 2, 8, 8);

  static final int LAYERS = 4;

  @SuppressWarnings("ImmutableEnumChecker") // a record of immutable collections
  private final Architecture architecture;

  private final int width;
  private final int heads;
  private final int kvHeads;
  private final int headDim;
  private final int rotated;

  Families(Architecture architecture, int width, int heads, int kvHeads, int headDim, int rotated) {
    this.architecture = architecture;
    this.width = width;
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.rotated = rotated;
  }

  private static Architecture renamed() {
    List<TensorSpec> tensors = new ArrayList<>();
    for (TensorSpec tensor : Architecture.QWEN3.tensors()) {
      String name = tensor.role().inLayer() ? "model.layers.{layer}." : "";
      tensors.add(
          0,
          new TensorSpec(
              tensor.role(),
              name + tensor.role().name().toLowerCase(Locale.ROOT),
              "",
              tensor.shape(),
              tensor.trait()));
    }
    return new Architecture(
        "renamed",
        Optional.empty(),
        tensors,
        Set.of(Trait.ATTENTION_BIAS, Trait.QUERY_KEY_NORM),
        WindowRule.WHERE_STATED,
        Map.of());
  }

  RandomCheckpoint checkpoint() {
    List<Double> frequencies = new ArrayList<>();
    for (int i = 0; i < rotated; i += 2) {
      frequencies.add(Math.pow(10_000, -(double) i / rotated));
    }
    ModelConfig config =
        new ModelConfig(
            architecture,
            architecture.traits(),
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
            Set.of(0));
    return new RandomCheckpoint(11, config);
  }
}
