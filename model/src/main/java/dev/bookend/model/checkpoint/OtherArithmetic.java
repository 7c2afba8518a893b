package dev.bookend.model.checkpoint;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Refuses fields of {@code config.json} that ask for another computation than the decoder's here,
 * unless their value is the one that changes nothing. The names are those that decoders in the
 * transformers library and their relatives have; other fields describe training, files or use.
 */
record OtherArithmetic(JsonFields json, Architecture architecture, int headDim) {
  /** Change nothing where they are false, 0 or empty. */
  private static final Set<String> SWITCHES =
      Set.of(
          // biases
          "mlp_bias",
          "use_bias",
          "use_bias_in_attention",
          "use_bias_in_mlp",
          "attention_out_bias",
          "attention_output_bias",
          "attention_o_bias",
          "o_bias",
          "lm_head_bias",
          // caps
          "clip_qkv",
          "attn_logit_softcapping",
          "attn_logit_softcap",
          "attention_logit_softcapping",
          "attention_logit_cap",
          "final_logit_softcapping",
          "final_logit_softcap",
          "logit_softcap",
          "logits_soft_cap",
          "output_logit_softcapping",
          // scales that have no neutral value but none
          "scale_depth",
          "dim_model_base",
          "scale_embedding",
          "scale_embeddings",
          "normalize_embedding",
          "normalize_embeddings",
          "scale_attention_softmax_in_fp32_by_layer",
          "scale_attn_by_inverse_layer_idx",
          "attn_temperature_tuning",
          "use_logn_attn",
          "llama_4_scaling",
          // positions
          "no_rope_layer_interval",
          "nope_layer_interval",
          "rope_interleave",
          "rope_interleaved",
          "use_mrope",
          "mrope_section",
          "use_dynamic_ntk",
          "rope_local_base_freq",
          "local_rope_theta",
          "rope_theta_local",
          "swa_rope_theta",
          "alibi",
          "use_alibi",
          "alibi_bias_max",
          // which positions are seen
          "attention_chunk_size",
          "sliding_window_pattern",
          "interleaved_sliding_window",
          "sliding_window_layers",
          "global_attn_every_n_layers",
          "use_bidirectional_attention",
          "attention_sinks",
          "use_attention_sinks",
          // the order of a layer
          "use_parallel_residual",
          "parallel_attn",
          "parallel_attention",
          "apply_residual_connection_post_layernorm",
          "use_post_norm",
          "sandwich_norm",
          "num_kv_shared_layers",
          "use_cla",
          // compressed keys and values
          "kv_lora_rank",
          "q_lora_rank",
          "qk_rope_head_dim",
          "qk_nope_head_dim",
          // experts
          "num_local_experts",
          "num_experts",
          "n_routed_experts",
          "n_shared_experts",
          "num_experts_per_tok",
          "num_experts_per_token",
          "num_selected_experts",
          "moe_num_experts",
          "moe_topk",
          "moe_intermediate_size",
          "moe_layer_freq",
          "moe_layers",
          "expert_layer_period",
          // weights that stand for others
          "quantization_config",
          "quantization",
          "compression_config");

  /** Change nothing where they are 1. */
  private static final Set<String> FACTORS =
      Set.of(
          "embedding_multiplier",
          "embedding_scale",
          "embed_scale",
          "scale_emb",
          "residual_multiplier",
          "residual_scale",
          "residual_scaling",
          "logits_scaling",
          "logits_scale",
          "logit_scale",
          "logit_multiplier",
          "lm_head_multiplier",
          "output_multiplier_scale",
          "attention_in_multiplier",
          "attention_out_multiplier",
          "key_multiplier",
          "attn_factor",
          "rope_ratio",
          "rotary_pct",
          "rotary_percent",
          "rotary_emb_fraction",
          "mlp_multiplier",
          "ffn_multiplier_scale");

  /** Change nothing where they are the head size, of which they are the part that is meant. */
  private static final Set<String> WIDTHS =
      Set.of("rotary_dim", "rotary_emb_dim", "rope_dim", "v_head_dim", "query_pre_attn_scalar");

  /** Change nothing where they are one by the root of the head size. */
  private static final Set<String> ATTENTION_SCALES =
      Set.of("attention_multiplier", "attention_scale", "attn_scale", "softmax_scale");

  private static final Set<String> ACTIVATIONS =
      Set.of("hidden_act", "hidden_activation", "mlp_hidden_act", "activation_function");

  /** The names of SiLU. */
  private static final Set<String> SILU = Set.of("silu", "swish");

  private static final Set<String> QUERY_KEY_NORMS =
      Set.of("qk_norm", "use_qk_norm", "qk_layernorm", "use_qk_layernorm", "attention_qk_norm");

  private static final Set<String> ROTARY = Set.of("rope", "rotary", "rotary_embedding");

  /**
   * Looks at every field.
   *
   * @throws BookendException naming the first field that changes the computation
   */
  void refuse() {
    List<String> names = new ArrayList<>(json.object().keySet());
    for (String name : names) {
      json.element(name)
          .filter(value -> changes(name, value))
          .ifPresent(
              value -> {
                throw json.unsupported(
                    value.isJsonPrimitive() ? name + " " + value.getAsString() : name,
                    instead(name));
              });
    }
  }

  private static String instead(String name) {
    if (name.startsWith("quantization") || name.startsWith("compression")) {
      return "the unquantised model, or its GGUF file";
    }
    return ACTIVATIONS.contains(name) ? "a model with silu" : "a model without it";
  }

  private boolean changes(String name, JsonElement value) {
    if (SWITCHES.contains(name)) {
      return !isOff(value);
    }
    if (FACTORS.contains(name)) {
      return !isNumber(value, 1);
    }
    if (WIDTHS.contains(name)) {
      return !isNumber(value, headDim);
    }
    if (ATTENTION_SCALES.contains(name)) {
      return !isNumber(value, 1 / Math.sqrt(headDim));
    }
    if (ACTIVATIONS.contains(name)) {
      return !isText(value, SILU);
    }
    if (QUERY_KEY_NORMS.contains(name)) {
      return isOff(value) == architecture.traits().contains(Trait.QUERY_KEY_NORM);
    }
    return switch (name) {
      // Qwen2 has these biases, and its query and key heads have no other.
      case "qkv_bias", "attention_qkv_bias" ->
          isOff(value) == architecture.traits().contains(Trait.ATTENTION_BIAS);
      case "position_embedding_type" -> !isText(value, ROTARY);
      case "is_causal" -> isOff(value);
      case "no_rope_layers", "no_rope" -> !isOff(value) && !areOnes(value);
      case "mlp_multipliers", "ssm_multipliers" -> !isOff(value) && !areOnes(value);
      default -> false;
    };
  }

  /** Whether a value is false, 0, an empty text, list or object, or a list of such. */
  private static boolean isOff(JsonElement value) {
    if (value.isJsonNull()) {
      return true;
    }
    if (value.isJsonArray()) {
      return value.getAsJsonArray().isEmpty();
    }
    if (value.isJsonObject()) {
      return value.getAsJsonObject().isEmpty();
    }
    JsonPrimitive primitive = value.getAsJsonPrimitive();
    return primitive.isBoolean()
        ? !primitive.getAsBoolean()
        : primitive.isNumber() ? primitive.getAsDouble() == 0 : primitive.getAsString().isEmpty();
  }

  private static boolean isNumber(JsonElement value, double neutral) {
    return value instanceof JsonPrimitive primitive
        && primitive.isNumber()
        && Math.abs(primitive.getAsDouble() - neutral) <= 1e-6 * neutral;
  }

  private static boolean isText(JsonElement value, Set<String> neutral) {
    return value instanceof JsonPrimitive primitive
        && primitive.isString()
        && neutral.contains(primitive.getAsString());
  }

  /** A list of one number or flag for each layer, all of them on. */
  private static boolean areOnes(JsonElement value) {
    if (!value.isJsonArray()) {
      return false;
    }
    for (JsonElement element : value.getAsJsonArray()) {
      boolean one =
          element instanceof JsonPrimitive primitive
              && (primitive.isBoolean() ? primitive.getAsBoolean() : isNumber(primitive, 1));
      if (!one) {
        return false;
      }
    }
    return true;
  }
}
