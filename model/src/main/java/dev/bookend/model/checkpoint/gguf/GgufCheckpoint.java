package dev.bookend.model.checkpoint.gguf;

import com.google.gson.JsonObject;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.ConfigReader;
import dev.bookend.model.checkpoint.FileCheckpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.JsonFields;
import dev.bookend.model.checkpoint.MappedFile;
import dev.bookend.model.checkpoint.StoredTensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens GGUF files. Names and metadata keys are those of llama.cpp's converter; the metadata is
 * turned into the {@code config.json} that it came from, so that both have one reader.
 */
public final class GgufCheckpoint {
  private static final String ROPE_FACTORS = "rope_freqs.weight";

  private static final Pattern LAYER_TENSOR =
      Pattern.compile("blk\\.(\\d{1,5})\\.([a-z_]+)\\.(weight|bias)");

  private static final Map<String, String> LAYER_PARTS =
      Map.ofEntries(
          Map.entry("attn_norm", "input_layernorm"),
          Map.entry("attn_q", "self_attn.q_proj"),
          Map.entry("attn_k", "self_attn.k_proj"),
          Map.entry("attn_v", "self_attn.v_proj"),
          Map.entry("attn_output", "self_attn.o_proj"),
          Map.entry("attn_q_norm", "self_attn.q_norm"),
          Map.entry("attn_k_norm", "self_attn.k_norm"),
          Map.entry("ffn_norm", "post_attention_layernorm"),
          Map.entry("ffn_gate", "mlp.gate_proj"),
          Map.entry("ffn_up", "mlp.up_proj"),
          Map.entry("ffn_down", "mlp.down_proj"));

  private static final Map<String, String> OTHER_TENSORS =
      Map.of(
          "token_embd.weight", "model.embed_tokens.weight",
          "output_norm.weight", "model.norm.weight",
          "output.weight", "lm_head.weight");

  /** Metadata keys after the architecture's name, and what config.json calls them. */
  private static final Map<String, String> INTEGERS =
      Map.of(
          "block_count", "num_hidden_layers",
          "embedding_length", "hidden_size",
          "feed_forward_length", "intermediate_size",
          "attention.head_count", "num_attention_heads",
          "attention.head_count_kv", "num_key_value_heads",
          "attention.key_length", "head_dim",
          "context_length", "max_position_embeddings");

  private GgufCheckpoint() {}

  public static Checkpoint open(Path path) {
    try (MappedFile file = new MappedFile(path)) {
      GgufHeader header = GgufHeader.read(file);
      GgufMetadata metadata = header.metadata();
      requireWhole(path, metadata);
      JsonObject json = configJson(header);
      ModelConfig config =
          new ConfigReader(new JsonFields(path, json), GgufTokenizer.endTokens(metadata)).read();
      // The converter reorders the rows of q and k for these; the others rotate half against half.
      boolean interleaved = metadata.require("general.architecture").equals("llama");
      SortedMap<String, StoredTensor> tensors = new TreeMap<>();
      header
          .tensors()
          .forEach(
              (name, entry) -> {
                String known = huggingFaceName(name);
                boolean rotated = interleaved && known.matches(".*\\.self_attn\\.[qk]_proj\\..*");
                StoredTensor tensor =
                    new StoredTensor(
                        file,
                        known,
                        entry.type(),
                        entry.shape(),
                        entry.offset(),
                        rotated ? config.headDim() : 0);
                if (tensors.put(known, tensor) != null) {
                  throw new BookendException(
                      ErrorCode.MODEL_DAMAGED, path + ": tensor " + known + " comes twice");
                }
              });
      StoredTensor factors = tensors.remove(ROPE_FACTORS);
      return new FileCheckpoint(
          path,
          factors == null ? config : config.withRope(divide(path, config.rope(), factors)),
          () -> new GgufTokenizer(metadata).source(),
          tensors);
    }
  }

  private static void requireWhole(Path path, GgufMetadata metadata) {
    int parts = metadata.integer("split.count", 0, 65_535).orElse(0);
    if (parts > 1) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          path
              + " is one of "
              + parts
              + " parts of a model; join them with 'llama-gguf-split --merge', or take its"
              + " safetensors");
    }
  }

  private static String huggingFaceName(String name) {
    Matcher layer = LAYER_TENSOR.matcher(name);
    if (layer.matches() && LAYER_PARTS.containsKey(layer.group(2))) {
      return "model.layers."
          + Integer.parseInt(layer.group(1))
          + "."
          + LAYER_PARTS.get(layer.group(2))
          + "."
          + layer.group(3);
    }
    return OTHER_TENSORS.getOrDefault(name, name);
  }

  private static JsonObject configJson(GgufHeader header) {
    GgufMetadata metadata = header.metadata();
    String architecture = metadata.require("general.architecture");
    String prefix = architecture + ".";
    JsonObject json = new JsonObject();
    json.addProperty("model_type", architecture);
    INTEGERS.forEach(
        (key, name) ->
            metadata
                .integer(prefix + key, 1, Integer.MAX_VALUE)
                .ifPresent(value -> json.addProperty(name, value)));
    metadata
        .number(prefix + "attention.layer_norm_rms_epsilon")
        .ifPresent(value -> json.addProperty("rms_norm_eps", value));
    metadata
        .number(prefix + "rope.freq_base")
        .ifPresent(value -> json.addProperty("rope_theta", value));
    metadata
        .text(prefix + "rope.scaling.type")
        .filter(type -> !type.equals("none"))
        .ifPresent(
            type -> {
              JsonObject scaling = new JsonObject();
              scaling.addProperty("rope_type", type);
              metadata
                  .number(prefix + "rope.scaling.factor")
                  .ifPresent(factor -> scaling.addProperty("factor", factor));
              json.add("rope_scaling", scaling);
            });
    // Mistral's, under the architecture llama; the Qwen converters write one that is not in use.
    if (architecture.equals("llama")) {
      metadata
          .integer(prefix + "attention.sliding_window", 0, Integer.MAX_VALUE)
          .filter(window -> window > 0)
          .ifPresent(window -> json.addProperty("sliding_window", window));
    }
    metadata
        .integer(prefix + "expert_count", 0, Integer.MAX_VALUE)
        .filter(experts -> experts > 0)
        .ifPresent(
            experts -> {
              throw new BookendException(
                  ErrorCode.MODEL_UNSUPPORTED,
                  metadata.file() + ": mixtures of experts are not supported; use a dense model");
            });
    GgufHeader.Entry embedding = header.tensors().get("token_embd.weight");
    if (embedding != null) {
      json.addProperty("vocab_size", embedding.shape().get(0));
    }
    json.addProperty("tie_word_embeddings", !header.tensors().containsKey("output.weight"));
    json.addProperty("attention_bias", header.tensors().containsKey("blk.0.attn_q.bias"));
    requireWholeHeads(metadata, prefix, json);
    return json;
  }

  /** Values as wide as keys, and rotation over the whole head: all that the families here have. */
  private static void requireWholeHeads(GgufMetadata metadata, String prefix, JsonObject json) {
    int headDim =
        json.has("head_dim")
            ? json.get("head_dim").getAsInt()
            : json.has("hidden_size") && json.has("num_attention_heads")
                ? json.get("hidden_size").getAsInt() / json.get("num_attention_heads").getAsInt()
                : 0;
    for (String key : List.of("attention.value_length", "rope.dimension_count")) {
      int width = metadata.integer(prefix + key, 1, Integer.MAX_VALUE).orElse(headDim);
      if (width != headDim) {
        throw new BookendException(
            ErrorCode.MODEL_UNSUPPORTED,
            metadata.file() + ": " + prefix + key + " other than the head size is not supported");
      }
    }
  }

  /** Llama-3's context extension comes as a tensor of divisors. */
  private static RotaryEmbedding divide(Path path, RotaryEmbedding rope, StoredTensor factors) {
    int count = rope.inverseFrequencies().size();
    if (factors.shape().length != 1 || factors.shape()[0] != count) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          path + ": tensor " + ROPE_FACTORS + " must have " + count + " elements");
    }
    ByteBuffer values = factors.read(FloatType.F32, 0, count);
    Double[] divided = new Double[count];
    for (int i = 0; i < count; i++) {
      float factor = values.getFloat(4 * i);
      if (!(factor > 0 && factor < Float.POSITIVE_INFINITY)) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED, path + ": tensor " + ROPE_FACTORS + " must be positive");
      }
      divided[i] = rope.inverseFrequencies().get(i) / factor;
    }
    return new RotaryEmbedding(List.of(divided));
  }
}
