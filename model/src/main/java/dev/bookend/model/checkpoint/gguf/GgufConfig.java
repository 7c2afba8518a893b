package dev.bookend.model.checkpoint.gguf;

import com.google.gson.JsonObject;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.checkpoint.ConfigReader;
import dev.bookend.model.checkpoint.JsonFields;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration in a GGUF header. Its metadata is turned back into the {@code config.json} that
 * the converter made it from, so that both kinds of checkpoint have one reader; what the metadata
 * does not say, the tensors show.
 */
record GgufConfig(GgufHeader header, Architecture architecture) {
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

  /**
   * Reads the configuration.
   *
   * @throws BookendException naming the file, as {@link ConfigReader#read}
   */
  ModelConfig read() {
    GgufMetadata metadata = header.metadata();
    JsonFields json = new JsonFields(metadata.file(), json());
    return new ConfigReader(json, GgufTokenizer.endTokens(metadata)).read();
  }

  private JsonObject json() {
    GgufMetadata metadata = header.metadata();
    String prefix = metadata.require("general.architecture") + ".";
    JsonObject json = new JsonObject();
    json.addProperty("model_type", architecture.name());
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
    ropeScaling(metadata, prefix + "rope.").ifPresent(scaling -> json.add("rope_scaling", scaling));
    // The Qwen converters write one that is not in use, and no use_sliding_window.
    metadata
        .integer(prefix + "attention.sliding_window", 0, Integer.MAX_VALUE)
        .filter(window -> window > 0)
        .ifPresent(window -> json.addProperty("sliding_window", window));
    entry(TensorRole.EMBEDDING)
        .filter(table -> !table.shape().isEmpty())
        .ifPresent(table -> json.addProperty("vocab_size", table.shape().get(0)));
    json.addProperty("tie_word_embeddings", entry(TensorRole.LM_HEAD).isEmpty());
    json.addProperty("attention_bias", entry(TensorRole.QUERY_BIAS).isPresent());
    int headDim = headDim(json);
    requireWholeHeads(metadata, prefix, headDim);
    new GgufOtherArithmetic(metadata, prefix, headDim).refuse();
    return json;
  }

  /**
   * As llama.cpp has it: a factor without a type is linear, and {@code scale_linear} is the
   * factor's older name. Its type {@code none} takes no factor, and a factor of 0 is none.
   */
  private static Optional<JsonObject> ropeScaling(GgufMetadata metadata, String prefix) {
    String type = metadata.text(prefix + "scaling.type").orElse("linear");
    double factor =
        metadata
            .number(prefix + "scaling.factor")
            .or(() -> metadata.number(prefix + "scale_linear"))
            .map(Number::doubleValue)
            .orElse(0.0);
    if (type.equals("none") || (type.equals("linear") && factor == 0)) {
      return Optional.empty();
    }
    JsonObject scaling = new JsonObject();
    scaling.addProperty("rope_type", type);
    if (factor != 0) {
      scaling.addProperty("factor", factor);
    }
    return Optional.of(scaling);
  }

  /** The tensor with a role, in the first layer where each has one; empty: the file has none. */
  private Optional<GgufHeader.Entry> entry(TensorRole role) {
    return architecture.tensor(role).map(spec -> header.tensors().get(spec.ggufName(0)));
  }

  private static int headDim(JsonObject json) {
    if (json.has("head_dim")) {
      return json.get("head_dim").getAsInt();
    }
    return json.has("hidden_size") && json.has("num_attention_heads")
        ? json.get("hidden_size").getAsInt() / json.get("num_attention_heads").getAsInt()
        : 0;
  }

  /** Values as wide as keys, and rotation over the whole head: all that the families here have. */
  private static void requireWholeHeads(GgufMetadata metadata, String prefix, int headDim) {
    for (String key : List.of("attention.value_length", "rope.dimension_count")) {
      int width = metadata.integer(prefix + key, 1, Integer.MAX_VALUE).orElse(headDim);
      if (width != headDim) {
        throw new BookendException(
            ErrorCode.MODEL_UNSUPPORTED,
            metadata.file() + ": " + prefix + key + " other than the head size is not supported");
      }
    }
  }
}
