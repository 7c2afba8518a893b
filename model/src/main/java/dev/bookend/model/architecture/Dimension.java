package dev.bookend.model.architecture;

/** A dimension of a tensor, as a model's configuration gives it. */
public enum Dimension {
  VOCABULARY,
  /** Width of the hidden states, H. */
  HIDDEN,
  /** All query heads side by side. */
  QUERIES,
  /** All key heads side by side; the value heads are as wide. */
  KEYS,
  /** Width of one head, D. */
  HEAD,
  /** Width inside the MLP. */
  INTERMEDIATE;

  int of(ModelConfig config) {
    return switch (this) {
      case VOCABULARY -> config.vocabularySize();
      case HIDDEN -> config.hiddenSize();
      case QUERIES -> config.heads() * config.headDim();
      case KEYS -> config.kvHeads() * config.headDim();
      case HEAD -> config.headDim();
      case INTERMEDIATE -> config.intermediateSize();
    };
  }
}
