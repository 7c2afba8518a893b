package dev.bookend.model.architecture;

import java.util.OptionalInt;
import java.util.Set;

/**
 * What a model looks like, from {@code config.json} or a GGUF header. Immutable.
 *
 * @param architecture its family
 * @param traits those of its family, and those that its configuration switches on
 * @param layers number of decoder layers, L
 * @param hiddenSize width of the hidden states, H
 * @param intermediateSize width inside the gated MLP
 * @param heads query heads
 * @param kvHeads key and value heads (grouped-query attention); divides {@code heads}
 * @param headDim width of one head, D; not always {@code hiddenSize / heads} (Mistral NeMo)
 * @param vocabularySize rows of the embedding
 * @param contextLength most positions that the model was made for
 * @param normEpsilon epsilon of every RMSNorm
 * @param rope rotary position embedding
 * @param slidingWindow each token sees this many last positions, itself included, in every layer;
 *     empty: all
 * @param endTokens ids that end a generation
 */
public record ModelConfig(
    Architecture architecture,
    Set<Trait> traits,
    int layers,
    int hiddenSize,
    int intermediateSize,
    int heads,
    int kvHeads,
    int headDim,
    int vocabularySize,
    int contextLength,
    double normEpsilon,
    RotaryEmbedding rope,
    OptionalInt slidingWindow,
    Set<Integer> endTokens) {

  public ModelConfig {
    traits = Set.copyOf(traits);
    endTokens = Set.copyOf(endTokens);
  }

  /** The tensors that a checkpoint of this model has. */
  public ModelTensors tensors() {
    return new ModelTensors(this);
  }

  public ModelConfig withRope(RotaryEmbedding other) {
    return new ModelConfig(
        architecture,
        traits,
        layers,
        hiddenSize,
        intermediateSize,
        heads,
        kvHeads,
        headDim,
        vocabularySize,
        contextLength,
        normEpsilon,
        other,
        slidingWindow,
        endTokens);
  }
}
