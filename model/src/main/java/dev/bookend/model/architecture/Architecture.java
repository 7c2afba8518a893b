package dev.bookend.model.architecture;

import static dev.bookend.model.architecture.Dimension.HEAD;
import static dev.bookend.model.architecture.Dimension.HIDDEN;
import static dev.bookend.model.architecture.Dimension.INTERMEDIATE;
import static dev.bookend.model.architecture.Dimension.KEYS;
import static dev.bookend.model.architecture.Dimension.QUERIES;
import static dev.bookend.model.architecture.Dimension.VOCABULARY;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model family: the one description that the readers of checkpoints, the decoder's script, the
 * ONNX graph, the training of draft heads and the tests' fixtures share. See "Adding a family" in
 * docs/models.md.
 *
 * @param name Hugging Face's {@code model_type}
 * @param gguf how GGUF files hold it; empty: not at all, or as another family
 * @param tensors those of the model, then those of a layer; a layer's weights are listed in this
 *     order wherever they are listed
 * @param traits of all its models
 * @param window how a sliding window is stated
 * @param defaults fields that {@code config.json} may leave out, with the values that the
 *     transformers library then takes, where not all families have the same
 */
public record Architecture(
    String name,
    Optional<GgufFormat> gguf,
    List<TensorSpec> tensors,
    Set<Trait> traits,
    WindowRule window,
    Map<String, Integer> defaults) {

  /** Pre-norm layers with rotary grouped-query attention and a gated MLP, as Llama's. */
  private static final List<TensorSpec> LLAMA_TENSORS =
      List.of(
          TensorSpec.of(
              TensorRole.EMBEDDING,
              "model.embed_tokens.weight",
              "token_embd.weight",
              VOCABULARY,
              HIDDEN),
          TensorSpec.of(TensorRole.FINAL_NORM, "model.norm.weight", "output_norm.weight", HIDDEN),
          TensorSpec.of(TensorRole.LM_HEAD, "lm_head.weight", "output.weight", VOCABULARY, HIDDEN)
              .onlyWith(Trait.UNTIED_LM_HEAD),
          layer(TensorRole.INPUT_NORM, "input_layernorm.weight", "attn_norm.weight", HIDDEN),
          layer(TensorRole.QUERY, "self_attn.q_proj.weight", "attn_q.weight", QUERIES, HIDDEN),
          layer(TensorRole.KEY, "self_attn.k_proj.weight", "attn_k.weight", KEYS, HIDDEN),
          layer(TensorRole.VALUE, "self_attn.v_proj.weight", "attn_v.weight", KEYS, HIDDEN),
          layer(
              TensorRole.ATTENTION_OUTPUT,
              "self_attn.o_proj.weight",
              "attn_output.weight",
              HIDDEN,
              QUERIES),
          layer(TensorRole.MLP_NORM, "post_attention_layernorm.weight", "ffn_norm.weight", HIDDEN),
          layer(TensorRole.GATE, "mlp.gate_proj.weight", "ffn_gate.weight", INTERMEDIATE, HIDDEN),
          layer(TensorRole.UP, "mlp.up_proj.weight", "ffn_up.weight", INTERMEDIATE, HIDDEN),
          layer(TensorRole.DOWN, "mlp.down_proj.weight", "ffn_down.weight", HIDDEN, INTERMEDIATE),
          layer(TensorRole.QUERY_BIAS, "self_attn.q_proj.bias", "attn_q.bias", QUERIES)
              .onlyWith(Trait.ATTENTION_BIAS),
          layer(TensorRole.KEY_BIAS, "self_attn.k_proj.bias", "attn_k.bias", KEYS)
              .onlyWith(Trait.ATTENTION_BIAS),
          layer(TensorRole.VALUE_BIAS, "self_attn.v_proj.bias", "attn_v.bias", KEYS)
              .onlyWith(Trait.ATTENTION_BIAS),
          layer(TensorRole.QUERY_NORM, "self_attn.q_norm.weight", "attn_q_norm.weight", HEAD)
              .onlyWith(Trait.QUERY_KEY_NORM),
          layer(TensorRole.KEY_NORM, "self_attn.k_norm.weight", "attn_k_norm.weight", HEAD)
              .onlyWith(Trait.QUERY_KEY_NORM));

  /** Llama 2, 3, 3.1 to 3.3, SmolLM2, and others that call themselves llama. */
  public static final Architecture LLAMA =
      new Architecture(
          "llama",
          Optional.of(new GgufFormat("llama", true)),
          LLAMA_TENSORS,
          Set.of(),
          WindowRule.WHERE_STATED,
          Map.of());

  /** Mistral 7B and NeMo. Their GGUF files call themselves llama. */
  public static final Architecture MISTRAL =
      new Architecture(
          "mistral",
          Optional.empty(),
          LLAMA_TENSORS,
          Set.of(),
          WindowRule.WHERE_STATED,
          Map.of("sliding_window", 4096));

  /** Qwen2 and Qwen2.5. */
  public static final Architecture QWEN2 =
      new Architecture(
          "qwen2",
          Optional.of(new GgufFormat("qwen2", false)),
          LLAMA_TENSORS,
          Set.of(Trait.ATTENTION_BIAS),
          WindowRule.WHERE_SWITCHED_ON,
          Map.of("max_window_layers", 28));

  /** Qwen3, the dense models. */
  public static final Architecture QWEN3 =
      new Architecture(
          "qwen3",
          Optional.of(new GgufFormat("qwen3", false)),
          LLAMA_TENSORS,
          Set.of(Trait.QUERY_KEY_NORM),
          WindowRule.WHERE_SWITCHED_ON,
          Map.of("max_window_layers", 28));

  private static final Set<String> OTHER_ARITHMETIC =
      Set.of(
          "rope_factors_long.weight",
          "rope_factors_short.weight",
          "token_embd_norm.weight",
          "position_embd.weight",
          "token_types.weight");

  /** All families that are supported. */
  public static final List<Architecture> ALL = List.of(LLAMA, MISTRAL, QWEN2, QWEN3);

  /**
   * Checks the description.
   *
   * @throws IllegalArgumentException if a role is given twice, or a tensor is missing that the
   *     decoder cannot do without
   */
  public Architecture {
    tensors = List.copyOf(tensors);
    traits = Set.copyOf(traits);
    defaults = Map.copyOf(defaults);
    for (TensorRole role : TensorRole.values()) {
      long count = tensors.stream().filter(tensor -> tensor.role() == role).count();
      if (count > 1 || (count == 0 && role.isRequired())) {
        throw new IllegalArgumentException(name + " has " + count + " tensors of role " + role);
      }
    }
  }

  private static TensorSpec layer(
      TensorRole role, String huggingFace, String gguf, Dimension... shape) {
    return TensorSpec.of(role, "model.layers.{layer}." + huggingFace, "blk.{layer}." + gguf, shape);
  }

  /** The family with a {@code model_type}; empty: it is not supported. */
  public static Optional<Architecture> named(String modelType) {
    return ALL.stream().filter(family -> family.name.equals(modelType)).findFirst();
  }

  /** The family that a GGUF file's {@code general.architecture} means; empty: not supported. */
  public static Optional<Architecture> ofGguf(String architecture) {
    return ALL.stream()
        .filter(
            family -> family.gguf.filter(f -> f.architecture().equals(architecture)).isPresent())
        .findFirst();
  }

  /** The tensor with a role, whatever traits a model has; empty: the family has no such tensor. */
  public Optional<TensorSpec> tensor(TensorRole role) {
    return tensors.stream().filter(tensor -> tensor.role() == role).findFirst();
  }

  /**
   * Whether a tensor that is not expected, by its name in safetensors or in GGUF, may mean that the
   * model computes something else: it is in a layer, or beside a tensor of the family's as a bias
   * is, or one of those that llama.cpp puts to use wherever they are.
   */
  public boolean mayMeanOtherArithmetic(String tensor) {
    return OTHER_ARITHMETIC.contains(tensor)
        || tensors.stream()
            .anyMatch(
                spec -> spec.role().inLayer() ? spec.hasPrefixOf(tensor) : spec.isBeside(tensor));
  }

  /** The name, which messages and logs can hold. */
  @Override
  public String toString() {
    return name;
  }
}
