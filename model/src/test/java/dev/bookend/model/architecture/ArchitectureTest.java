package dev.bookend.model.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArchitectureTest {
  private static ModelConfig config(Architecture architecture, Set<Trait> traits) {
    return new ModelConfig(
        architecture,
        traits,
        2,
        8,
        12,
        4,
        2,
        6,
        50,
        64,
        1e-5,
        new RotaryEmbedding(List.of(1.0, 0.1, 0.01)),
        OptionalInt.empty(),
        Set.of());
  }

  private static List<String> layer(Architecture architecture, int number, Trait... more) {
    ModelTensors tensors =
        config(
                architecture,
                Set.copyOf(Stream.concat(architecture.traits().stream(), Stream.of(more)).toList()))
            .tensors();
    return tensors.layer().stream().map(tensor -> tensor.name(number)).toList();
  }

  /** The files of stand-in heads have this order too. */
  @Test
  void aLayerListsItsTensorsWithThoseOfItsTraitsLast() {
    String prefix = "model.layers.1.";
    List<String> plain =
        List.of(
            prefix + "input_layernorm.weight",
            prefix + "self_attn.q_proj.weight",
            prefix + "self_attn.k_proj.weight",
            prefix + "self_attn.v_proj.weight",
            prefix + "self_attn.o_proj.weight",
            prefix + "post_attention_layernorm.weight",
            prefix + "mlp.gate_proj.weight",
            prefix + "mlp.up_proj.weight",
            prefix + "mlp.down_proj.weight");
    List<String> biases =
        List.of(
            prefix + "self_attn.q_proj.bias",
            prefix + "self_attn.k_proj.bias",
            prefix + "self_attn.v_proj.bias");
    List<String> norms =
        List.of(prefix + "self_attn.q_norm.weight", prefix + "self_attn.k_norm.weight");
    assertEquals(plain, layer(Architecture.LLAMA, 1));
    assertEquals(plain, layer(Architecture.MISTRAL, 1));
    assertEquals(join(plain, biases), layer(Architecture.QWEN2, 1));
    assertEquals(join(plain, norms), layer(Architecture.QWEN3, 1));
    assertEquals(join(plain, biases), layer(Architecture.LLAMA, 1, Trait.ATTENTION_BIAS));
    assertEquals(
        join(join(plain, biases), norms), layer(Architecture.QWEN3, 1, Trait.ATTENTION_BIAS));
  }

  private static List<String> join(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  @Test
  void theLmHeadIsAMatrixOfItsOwnOrTheEmbedding() {
    assertEquals(
        "model.embed_tokens.weight", config(Architecture.LLAMA, Set.of()).tensors().lmHead());
    ModelTensors untied = config(Architecture.LLAMA, Set.of(Trait.UNTIED_LM_HEAD)).tensors();
    assertEquals("lm_head.weight", untied.lmHead());
    assertEquals(List.of(50L, 8L), shape(untied, "lm_head.weight"));
  }

  @Test
  void shapesFollowFromTheConfiguration() {
    ModelTensors tensors =
        config(Architecture.QWEN3, Set.of(Trait.ATTENTION_BIAS, Trait.QUERY_KEY_NORM)).tensors();
    assertEquals(2 + 2 * 14, tensors.shapes().size());
    String prefix = "model.layers.0.";
    assertEquals(List.of(24L, 8L), shape(tensors, prefix + "self_attn.q_proj.weight"));
    assertEquals(List.of(12L, 8L), shape(tensors, prefix + "self_attn.v_proj.weight"));
    assertEquals(List.of(8L, 24L), shape(tensors, prefix + "self_attn.o_proj.weight"));
    assertEquals(List.of(12L), shape(tensors, prefix + "self_attn.k_proj.bias"));
    assertEquals(List.of(6L), shape(tensors, prefix + "self_attn.q_norm.weight"));
    assertEquals(List.of(12L, 8L), shape(tensors, prefix + "mlp.up_proj.weight"));
    assertEquals(List.of(8L, 12L), shape(tensors, prefix + "mlp.down_proj.weight"));
  }

  private static List<Long> shape(ModelTensors tensors, String name) {
    return Arrays.stream(tensors.shapes().get(name)).boxed().toList();
  }

  static List<Architecture> all() {
    return Architecture.ALL;
  }

  @ParameterizedTest
  @MethodSource("all")
  void aFamilyIsFoundByItsNamesAndNamesEachTensorOnce(Architecture family) {
    assertEquals(Optional.of(family), Architecture.named(family.name()));
    family
        .gguf()
        .ifPresent(
            gguf -> assertEquals(Optional.of(family), Architecture.ofGguf(gguf.architecture())));
    assertEquals(
        family.tensors().size(), family.tensors().stream().map(t -> t.name(0)).distinct().count());
    assertEquals(
        family.tensors().size(),
        family.tensors().stream().map(t -> t.ggufName(0)).distinct().count());
    assertTrue(
        family.tensors().stream()
            .allMatch(t -> t.role().inLayer() == family.mayMeanOtherArithmetic(t.name(3))));
  }

  @Test
  void aDescriptionWithoutATensorThatTheDecoderNeedsIsRefused() {
    List<TensorSpec> tensors = new ArrayList<>(Architecture.LLAMA.tensors());
    tensors.removeIf(tensor -> tensor.role() == TensorRole.GATE);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new Architecture(
                        "gateless",
                        Optional.empty(),
                        tensors,
                        Set.of(),
                        WindowRule.WHERE_STATED,
                        Map.of()))
            .getMessage();
    assertTrue(message.contains("GATE"), message);
  }
}
