package dev.bookend.model.architecture;

/**
 * What a model's decoder has and a plain one does not have. A family has some traits always; others
 * are switched on by a model's {@code config.json}. The tensors of a family say which trait they
 * belong to, so that one list serves models with and without it.
 */
public enum Trait {
  /** The query, key and value projections have a bias: Qwen2, or {@code attention_bias}. */
  ATTENTION_BIAS,

  /** Each query and key head passes an RMSNorm before it is rotated: Qwen3. */
  QUERY_KEY_NORM,

  /** The LM head is a matrix of its own, not the embedding: {@code tie_word_embeddings} false. */
  UNTIED_LM_HEAD
}
