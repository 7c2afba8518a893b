package dev.bookend.model.checkpoint.gguf;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.util.List;
import java.util.Set;

/**
 * Refuses metadata of a model's architecture that the decoder here does not apply. Unlike {@code
 * config.json}, which holds much else, a GGUF header has under the architecture's name only what
 * describes the computation; so a key that is not known is refused too, unless it is false, 0 or
 * empty.
 *
 * @param prefix the architecture's name and a dot
 * @param headDim D; 0 where the header does not say it
 */
record GgufOtherArithmetic(GgufMetadata metadata, String prefix, int headDim) {
  /** Applied elsewhere, compared with the tensors there, or without effect on the computation. */
  private static final Set<String> KNOWN =
      Set.of(
          "block_count",
          "context_length",
          "embedding_length",
          "embedding_length_out",
          "feed_forward_length",
          "vocab_size",
          "tensor_data_layout",
          "pooling_type",
          "attention.head_count",
          "attention.head_count_kv",
          "attention.key_length",
          "attention.value_length",
          "attention.layer_norm_rms_epsilon",
          "attention.layer_norm_epsilon",
          "attention.sliding_window",
          "rope.dimension_count",
          "rope.freq_base",
          "rope.scaling.type",
          "rope.scaling.factor",
          "rope.scale_linear",
          "rope.scaling.original_context_length",
          "rope.scaling.finetuned");

  /** Change nothing where they are 1. */
  private static final Set<String> FACTORS =
      Set.of(
          "logit_scale",
          "residual_scale",
          "embedding_scale",
          "attention.output_scale",
          "rope.scaling.attn_factor");

  /**
   * Looks at every key.
   *
   * @throws BookendException naming the first key that changes the computation
   */
  void refuse() {
    String type = metadata.text("general.type").orElse("model");
    if (!type.equals("model")) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          metadata.file() + ": general.type " + type + ": this file is not a whole model");
    }
    metadata
        .values()
        .forEach(
            (key, value) -> {
              if (key.startsWith(prefix) && changes(key.substring(prefix.length()), value)) {
                throw new BookendException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    metadata.file()
                        + ": "
                        + key
                        + (value instanceof List ? "" : " " + value)
                        + " is not supported; use a model without it");
              }
            });
  }

  private boolean changes(String key, Object value) {
    if (KNOWN.contains(key)) {
      return false;
    }
    if (key.equals("attention.causal")) {
      return !Boolean.TRUE.equals(value);
    }
    if (isOff(value)) {
      return false;
    }
    if (FACTORS.contains(key)) {
      return !isNumber(value, 1);
    }
    return !(key.equals("attention.scale") && headDim > 0)
        || !isNumber(value, 1 / Math.sqrt(headDim));
  }

  private static boolean isOff(Object value) {
    return value instanceof Boolean flag
        ? !flag
        : value instanceof Number number
            ? number.doubleValue() == 0
            : value instanceof List<?> list
                ? list.stream().allMatch(GgufOtherArithmetic::isOff)
                : value.toString().isEmpty();
  }

  private static boolean isNumber(Object value, double neutral) {
    return value instanceof Number number
        && Math.abs(number.doubleValue() - neutral) <= 1e-6 * neutral;
  }
}
