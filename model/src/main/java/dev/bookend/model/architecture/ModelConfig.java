package dev.bookend.model.architecture;

import java.util.OptionalInt;
import java.util.Set;

/**
 * What a decoder of the Llama family looks like, from {@code config.json} or a GGUF header.
 *
 * @param family the architecture as Hugging Face's {@code model_type} names it, e.g. {@code llama}
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
 * @param tiedEmbeddings whether the LM head is the embedding
 * @param attentionBias whether the query, key and value projections have a bias (Qwen2)
 * @param queryKeyNorm whether each query and key head passes an RMSNorm (Qwen3)
 * @param endTokens ids that end a generation
 */
public record ModelConfig(
    String family,
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
    boolean tiedEmbeddings,
    boolean attentionBias,
    boolean queryKeyNorm,
    Set<Integer> endTokens) {

  public ModelConfig withRope(RotaryEmbedding other) {
    return new ModelConfig(
        family,
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
        tiedEmbeddings,
        attentionBias,
        queryKeyNorm,
        endTokens);
  }
}
