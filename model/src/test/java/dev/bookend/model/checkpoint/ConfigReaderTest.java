package dev.bookend.model.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.architecture.Trait;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads the values that the families' models are published with. */
class ConfigReaderTest {
  private static final String SMOLLM2_135M =
      """
      {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "attention_bias": false,
       "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 576,
       "intermediate_size": 1536, "max_position_embeddings": 8192, "mlp_bias": false,
       "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3,
       "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 100000,
       "tie_word_embeddings": true, "torch_dtype": "bfloat16", "vocab_size": 49152}
      """;
  private static final String LLAMA2_7B =
      """
      {"model_type": "llama", "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
       "hidden_size": 4096, "intermediate_size": 11008, "max_position_embeddings": 4096,
       "num_attention_heads": 32, "num_hidden_layers": 32, "rms_norm_eps": 1e-05,
       "rope_scaling": null, "tie_word_embeddings": false, "vocab_size": 32000}
      """;
  private static final String LLAMA31_8B =
      """
      {"model_type": "llama", "attention_bias": false, "bos_token_id": 128000,
       "eos_token_id": [128001, 128008, 128009], "hidden_act": "silu", "hidden_size": 4096,
       "intermediate_size": 14336, "max_position_embeddings": 131072, "mlp_bias": false,
       "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
       "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0,
       "high_freq_factor": 4.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
       "rope_theta": 500000.0, "tie_word_embeddings": false, "vocab_size": 128256}
      """;
  private static final String MISTRAL_7B_V03 =
      """
      {"model_type": "mistral", "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
       "hidden_size": 4096, "intermediate_size": 14336, "max_position_embeddings": 32768,
       "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
       "rms_norm_eps": 1e-05, "rope_theta": 1000000.0, "sliding_window": null,
       "tie_word_embeddings": false, "vocab_size": 32768}
      """;
  private static final String MISTRAL_NEMO =
      """
      {"model_type": "mistral", "bos_token_id": 1, "eos_token_id": 2, "head_dim": 128,
       "hidden_act": "silu", "hidden_size": 5120, "intermediate_size": 14336,
       "max_position_embeddings": 131072, "num_attention_heads": 32, "num_hidden_layers": 40,
       "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 1000000.0,
       "sliding_window": null, "tie_word_embeddings": false, "vocab_size": 131072}
      """;
  private static final String QWEN25_05B =
      """
      {"model_type": "qwen2", "bos_token_id": 151643, "eos_token_id": 151645,
       "hidden_act": "silu", "hidden_size": 896, "intermediate_size": 4864,
       "max_position_embeddings": 32768, "max_window_layers": 21, "num_attention_heads": 14,
       "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06,
       "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true,
       "use_sliding_window": false, "vocab_size": 151936}
      """;
  private static final String QWEN3_06B =
      """
      {"model_type": "qwen3", "attention_bias": false, "bos_token_id": 151643,
       "eos_token_id": 151645, "head_dim": 128, "hidden_act": "silu", "hidden_size": 1024,
       "intermediate_size": 3072, "max_position_embeddings": 40960, "max_window_layers": 28,
       "num_attention_heads": 16, "num_hidden_layers": 28, "num_key_value_heads": 8,
       "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000,
       "sliding_window": null, "tie_word_embeddings": true, "use_sliding_window": false,
       "vocab_size": 151936}
      """;

  private static ModelConfig read(JsonObject json) {
    return new ConfigReader(new JsonFields(Path.of("config.json"), json), Set.of()).read();
  }

  private static ModelConfig read(String json) {
    return read(JsonParser.parseString(json).getAsJsonObject());
  }

  /** A configuration with one field replaced; {@code value} is JSON. */
  private static ModelConfig readWith(String model, String key, String value) {
    JsonObject json = JsonParser.parseString(model).getAsJsonObject();
    json.add(key, JsonParser.parseString(value));
    return read(json);
  }

  private static String refusal(String key, String value) {
    return assertThrows(BookendException.class, () -> readWith(SMOLLM2_135M, key, value))
        .getMessage();
  }

  private static RotaryEmbedding rope(double base, int headDim) {
    return new RotaryEmbedding(
        IntStream.range(0, headDim / 2).mapToObj(i -> Math.pow(base, -2.0 * i / headDim)).toList());
  }

  @Test
  void smolLm2() {
    assertEquals(
        new ModelConfig(
            Architecture.LLAMA,
            Set.of(),
            30,
            576,
            1536,
            9,
            3,
            64,
            49152,
            8192,
            1e-5,
            rope(1e5, 64),
            OptionalInt.empty(),
            Set.of(2)),
        read(SMOLLM2_135M));
  }

  @Test
  void llama2HasAsManyKeyHeadsAsQueryHeadsAndTheDefaultBase() {
    assertEquals(
        new ModelConfig(
            Architecture.LLAMA,
            Set.of(Trait.UNTIED_LM_HEAD),
            32,
            4096,
            11008,
            32,
            32,
            128,
            32000,
            4096,
            1e-5,
            rope(1e4, 128),
            OptionalInt.empty(),
            Set.of(2)),
        read(LLAMA2_7B));
  }

  @Test
  void mistral() {
    assertEquals(
        new ModelConfig(
            Architecture.MISTRAL,
            Set.of(Trait.UNTIED_LM_HEAD),
            32,
            4096,
            14336,
            32,
            8,
            128,
            32768,
            32768,
            1e-5,
            rope(1e6, 128),
            OptionalInt.empty(),
            Set.of(2)),
        read(MISTRAL_7B_V03));
    assertEquals(
        OptionalInt.of(4096), readWith(MISTRAL_7B_V03, "sliding_window", "4096").slidingWindow());
  }

  @Test
  void mistralNeMoHasHeadsNarrowerThanItsWidth() {
    assertEquals(
        new ModelConfig(
            Architecture.MISTRAL,
            Set.of(Trait.UNTIED_LM_HEAD),
            40,
            5120,
            14336,
            32,
            8,
            128,
            131072,
            131072,
            1e-5,
            rope(1e6, 128),
            OptionalInt.empty(),
            Set.of(2)),
        read(MISTRAL_NEMO));
  }

  @Test
  void qwen2HasBiasesAndAWindowThatIsNotInUse() {
    assertEquals(
        new ModelConfig(
            Architecture.QWEN2,
            Set.of(Trait.ATTENTION_BIAS),
            24,
            896,
            4864,
            14,
            2,
            64,
            151936,
            32768,
            1e-6,
            rope(1e6, 64),
            OptionalInt.empty(),
            Set.of(151645)),
        read(QWEN25_05B));
    assertEquals(
        OptionalInt.empty(),
        readWith(QWEN3_06B, "use_sliding_window", "true").slidingWindow(),
        "max_window_layers is all of them");
    assertTrue(
        assertThrows(
                BookendException.class, () -> readWith(QWEN25_05B, "use_sliding_window", "true"))
            .getMessage()
            .contains("max_window_layers 21"));
  }

  @Test
  void qwen3NormalisesQueriesAndKeys() {
    assertEquals(
        new ModelConfig(
            Architecture.QWEN3,
            Set.of(Trait.QUERY_KEY_NORM),
            28,
            1024,
            3072,
            16,
            8,
            128,
            151936,
            40960,
            1e-6,
            rope(1e6, 128),
            OptionalInt.empty(),
            Set.of(151645)),
        read(QWEN3_06B));
  }

  @Test
  void llama31ScalesItsFrequenciesAsTheReferenceDoes() throws IOException {
    List<Double> expected;
    try (InputStream in = getClass().getResourceAsStream("llama31-frequencies.txt")) {
      expected =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(Double::parseDouble)
              .toList();
    }
    ModelConfig config = read(LLAMA31_8B);
    assertEquals(Set.of(128001, 128008, 128009), config.endTokens());
    assertEquals(expected.size(), config.rope().inverseFrequencies().size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(
          expected.get(i), config.rope().inverseFrequencies().get(i), 1e-14 * expected.get(i));
    }
  }

  @Test
  void readsRopeParametersAsNewerVersionsWriteThem() {
    JsonObject json = JsonParser.parseString(LLAMA31_8B).getAsJsonObject();
    JsonObject parameters = json.remove("rope_scaling").getAsJsonObject();
    parameters.add("rope_theta", json.remove("rope_theta"));
    json.add("rope_parameters", parameters);
    assertEquals(read(LLAMA31_8B), read(json));
  }

  @Test
  void ofTwoRopeFieldsTheOlderOneCountsAsInTransformers() {
    JsonObject json = JsonParser.parseString(SMOLLM2_135M).getAsJsonObject();
    json.add("rope_scaling", JsonParser.parseString("{\"type\": \"linear\", \"factor\": 2}"));
    json.add(
        "rope_parameters",
        JsonParser.parseString(
            "{\"rope_type\": \"linear\", \"factor\": 4, \"rope_theta\": 500000}"));
    List<Double> frequencies = read(json).rope().inverseFrequencies();
    assertEquals(0.5, frequencies.get(0));
    assertEquals(0.5 * Math.pow(1e5, -62.0 / 64), frequencies.get(31), 1e-12);

    json.add("rope_scaling", new JsonObject());
    frequencies = read(json).rope().inverseFrequencies();
    assertEquals(0.25, frequencies.get(0));
    assertEquals(0.25 * Math.pow(5e5, -62.0 / 64), frequencies.get(31), 1e-12);
  }

  @Test
  void theNameOfARopeTypeThatIsNewerCounts() {
    assertTrue(
        refusal("rope_scaling", "{\"type\": \"linear\", \"rope_type\": \"yarn\", \"factor\": 4}")
            .contains("yarn"));
  }

  @Test
  void llama3ScalingTakesTheContextWhereItsOwnIsMissing() {
    JsonObject json = JsonParser.parseString(LLAMA31_8B).getAsJsonObject();
    json.addProperty("max_position_embeddings", 8192);
    ModelConfig stated = read(json);
    json.getAsJsonObject("rope_scaling").remove("original_max_position_embeddings");
    assertEquals(stated.rope(), read(json).rope());
  }

  private static ModelConfig withLayerTypes(boolean switchedOn, int sliding, int full) {
    JsonObject json = JsonParser.parseString(QWEN25_05B).getAsJsonObject();
    json.addProperty("use_sliding_window", switchedOn);
    json.addProperty("sliding_window", 512);
    JsonArray types = new JsonArray();
    for (int i = 0; i < sliding + full; i++) {
      types.add(i < sliding ? "sliding_attention" : "full_attention");
    }
    json.add("layer_types", types);
    return read(json);
  }

  private static String refusalOfLayerTypes(boolean switchedOn, int sliding, int full) {
    return assertThrows(BookendException.class, () -> withLayerTypes(switchedOn, sliding, full))
        .getMessage();
  }

  @Test
  void layerTypesOutrankMaxWindowLayers() {
    assertEquals(OptionalInt.of(512), withLayerTypes(true, 24, 0).slidingWindow());
    assertEquals(OptionalInt.empty(), withLayerTypes(true, 0, 24).slidingWindow());
    assertEquals(OptionalInt.empty(), withLayerTypes(false, 0, 24).slidingWindow());
    assertTrue(refusalOfLayerTypes(true, 12, 12).contains("some of the layers (layer_types)"));
    assertTrue(refusalOfLayerTypes(false, 24, 0).contains("layer_types"));
    assertTrue(refusalOfLayerTypes(true, 23, 0).contains("layer_types"));
    assertEquals(
        OptionalInt.of(4096),
        readWith(
                MISTRAL_7B_V03.replace("\"sliding_window\": null", "\"sliding_window\": 4096"),
                "layer_types",
                "[" + "\"sliding_attention\",".repeat(31) + "\"sliding_attention\"]")
            .slidingWindow());
    assertTrue(
        refusal("layer_types", "[" + "\"chunked_attention\",".repeat(29) + "\"x\"]")
            .contains("layer_types with"));
    assertTrue(refusal("layer_types", "\"full_attention\"").contains("layer_types"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "attention_multiplier|0.125",
        "query_pre_attn_scalar|64",
        "embedding_multiplier|1.0",
        "final_logit_softcapping|null",
        "clip_qkv|null",
        "num_experts|0",
        "no_rope_layers|[1, 1]",
        "partial_rotary_factor|1.0",
        "rotary_dim|64",
        "use_qk_norm|false",
        "hidden_act|\"swish\"",
        "rope_scaling|{\"rope_type\": \"default\", \"factor\": 1.0}",
        "quantization_config|{}",
        "pretraining_tp|2",
        "initializer_range|0.02",
      })
  void aFieldThatChangesNothingIsRead(String key, String value) {
    assertEquals(read(SMOLLM2_135M), readWith(SMOLLM2_135M, key, value));
  }

  @Test
  void linearScalingSlowsEveryFrequency() {
    List<Double> plain = read(SMOLLM2_135M).rope().inverseFrequencies();
    assertEquals(
        plain.stream().map(frequency -> frequency / 4).toList(),
        readWith(SMOLLM2_135M, "rope_scaling", "{\"type\": \"linear\", \"factor\": 4.0}")
            .rope()
            .inverseFrequencies());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model_type|\"gemma2\"|gemma2",
        "model_type|null|model_type is missing",
        "hidden_act|\"gelu\"|hidden_act gelu",
        "mlp_bias|true|mlp_bias",
        "quantization_config|{\"quant_method\": \"gptq\"}|quantization_config",
        "rope_scaling|{\"rope_type\": \"yarn\", \"factor\": 4}|yarn",
        "rope_scaling|{\"type\": \"longrope\"}|longrope",
        "rope_scaling|{\"type\": \"linear\"}|factor",
        "rope_scaling|3|rope_scaling must be an object",
        "partial_rotary_factor|0.5|partial_rotary_factor",
        "rope_parameters|{\"partial_rotary_factor\": 0.5}|partial_rotary_factor",
        "rope_scaling|{\"factor\": 4}|factor",
        "rope_scaling|{\"type\": \"linear\", \"factor\": 2, \"attention_factor\": 2}|attention_factor",
        "rope_scaling|{\"type\": \"linear\", \"factor\": 2, \"mscale\": 2}|mscale",
        "rope_parameters|{\"full_attention\": {\"rope_theta\": 5}}|full_attention",
        "attention_multiplier|0.5|attention_multiplier 0.5",
        "embedding_multiplier|12|embedding_multiplier 12",
        "residual_multiplier|0.2|residual_multiplier",
        "logits_scaling|8|logits_scaling",
        "logit_scale|0.06|logit_scale",
        "final_logit_softcapping|30|final_logit_softcapping 30",
        "attn_logit_softcapping|50.0|attn_logit_softcapping",
        "clip_qkv|8|clip_qkv",
        "num_local_experts|8|num_local_experts 8",
        "num_experts_per_tok|2|num_experts_per_tok",
        "no_rope_layers|[1, 0]|no_rope_layers",
        "qk_norm|true|qk_norm",
        "qkv_bias|true|qkv_bias",
        "query_pre_attn_scalar|256|query_pre_attn_scalar",
        "scale_depth|1.4|scale_depth",
        "is_causal|false|is_causal",
        "position_embedding_type|\"alibi\"|position_embedding_type alibi",
        "num_hidden_layers|0|num_hidden_layers",
        "num_hidden_layers|-3|num_hidden_layers",
        "num_hidden_layers|1.5|num_hidden_layers",
        "num_hidden_layers|1e300|num_hidden_layers",
        "num_hidden_layers|\"30\"|num_hidden_layers",
        "hidden_size|null|hidden_size is missing",
        "num_key_value_heads|2|not a multiple",
        "head_dim|65|not even",
        "rms_norm_eps|-1|rms_norm_eps",
        "rope_theta|0|rope_theta",
        "eos_token_id|\"x\"|eos_token_id",
        "eos_token_id|[1, {}]|eos_token_id",
        "sliding_window|-1|sliding_window",
        "tie_word_embeddings|\"yes\"|tie_word_embeddings",
      })
  void refusesByName(String key, String value, String message) {
    String refusal = refusal(key, value);
    assertTrue(refusal.startsWith("config.json: ") && refusal.contains(message), refusal);
  }
}
