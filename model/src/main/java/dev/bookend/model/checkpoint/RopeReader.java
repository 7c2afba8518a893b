package dev.bookend.model.checkpoint;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.RotaryEmbedding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the rotary embedding from {@code config.json}: {@code rope_theta} with {@code
 * rope_scaling}, or {@code rope_parameters} with both, as transformers 5 writes it. Where both
 * objects are there, {@code rope_scaling} counts and the other is not looked at, as in transformers
 * 5 ({@code convert_rope_params_to_dict}). Knows the scalings {@code default}, {@code linear} and
 * {@code llama3}.
 *
 * @param context {@code max_position_embeddings}, which Llama 3's scaling takes where its own field
 *     is missing
 */
record RopeReader(JsonFields json, int headDim, int context) {
  private static final double DEFAULT_BASE = 10_000;

  /** The fields that are looked at, or that say nothing which the others do not say. */
  private static final Set<String> KNOWN =
      Set.of(
          "rope_type",
          "type",
          "rope_theta",
          "factor",
          "low_freq_factor",
          "high_freq_factor",
          "original_max_position_embeddings",
          "partial_rotary_factor",
          "attention_factor",
          "finetuned");

  RotaryEmbedding read() {
    JsonFields parameters = parameters();
    double base =
        parameters
            .number("rope_theta", 0, 1e12)
            .or(() -> json.number("rope_theta", 0, 1e12))
            .orElse(DEFAULT_BASE);
    refuseOthers(parameters);
    List<Double> frequencies = new ArrayList<>();
    for (int i = 0; i < headDim; i += 2) {
      frequencies.add(Math.pow(base, -(double) i / headDim));
    }
    frequencies.replaceAll(frequency -> scaled(frequency, parameters));
    return new RotaryEmbedding(List.copyOf(frequencies));
  }

  private JsonFields parameters() {
    return json.fields("rope_scaling")
        .filter(scaling -> !scaling.object().isEmpty())
        .or(() -> json.fields("rope_parameters"))
        .orElseGet(() -> new JsonFields(json.file(), new JsonObject()));
  }

  private void refuseOthers(JsonFields parameters) {
    double rotated =
        parameters
            .number("partial_rotary_factor", 0, 1)
            .or(() -> json.number("partial_rotary_factor", 0, 1))
            .orElse(1.0);
    if (rotated != 1) {
      throw json.unsupported("partial_rotary_factor", "a model that rotates whole heads");
    }
    if (parameters.number("attention_factor", 0, 1e9).orElse(1.0) != 1) {
      throw json.unsupported("rope scaling's attention_factor", "a model without it");
    }
    for (Map.Entry<String, JsonElement> field : parameters.object().entrySet()) {
      if (!KNOWN.contains(field.getKey())
          && !field.getValue().isJsonNull()
          && isScaling(type(parameters))) {
        throw json.unsupported("rope scaling's " + field.getKey(), "a model without it");
      }
    }
  }

  private static boolean isScaling(String type) {
    return type.equals("default") || type.equals("linear") || type.equals("llama3");
  }

  private static String type(JsonFields parameters) {
    return parameters.text("rope_type").or(() -> parameters.text("type")).orElse("default");
  }

  private double scaled(double frequency, JsonFields scaling) {
    String type = type(scaling);
    return switch (type) {
      case "default" -> unscaled(frequency, scaling);
      case "linear" -> frequency / required(scaling, "factor");
      case "llama3" -> llama3(frequency, scaling);
      default ->
          throw new BookendException(
              ErrorCode.MODEL_UNSUPPORTED,
              json.file()
                  + ": rope scaling "
                  + type
                  + " is not supported; use a model with linear, llama3 or no scaling");
    };
  }

  /** A factor without a type: transformers 4 stops, 5 ignores it, others take it as linear. */
  private double unscaled(double frequency, JsonFields scaling) {
    if (scaling.number("factor", 0, 1e9).orElse(1.0) != 1) {
      throw json.unsupported(
          "a factor in rope scaling without a type", "a model whose rope scaling has a type");
    }
    return frequency;
  }

  /**
   * Llama 3.1: frequencies that turn often within the original context stay as they are, those that
   * turn rarely are divided by the factor, and between the two the change is gradual.
   */
  private double llama3(double frequency, JsonFields scaling) {
    double factor = required(scaling, "factor");
    double low = required(scaling, "low_freq_factor");
    double high = required(scaling, "high_freq_factor");
    if (high <= low) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          json.file() + ": high_freq_factor must be above low_freq_factor");
    }
    double original =
        scaling.number("original_max_position_embeddings", 0, 1e9).orElse((double) context);
    double turns = original * frequency / (2 * Math.PI);
    double kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return kept * frequency + (1 - kept) * frequency / factor;
  }

  private double required(JsonFields scaling, String key) {
    return scaling.number(key, 0, 1e9).orElseThrow(() -> json.missing("rope scaling's " + key));
  }
}
