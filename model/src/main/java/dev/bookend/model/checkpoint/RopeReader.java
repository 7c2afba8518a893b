package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.RotaryEmbedding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the rotary embedding from {@code config.json}: {@code rope_theta} with {@code
 * rope_scaling}, or {@code rope_parameters} with both, as transformers 5 writes it. Knows the
 * scalings {@code default}, {@code linear} and {@code llama3}.
 */
record RopeReader(JsonFields json, int headDim) {

  RotaryEmbedding read() {
    Optional<JsonFields> parameters = json.fields("rope_parameters");
    Optional<JsonFields> scaling = parameters.or(() -> json.fields("rope_scaling"));
    double base =
        parameters
            .flatMap(both -> both.number("rope_theta", 0, 1e12))
            .or(() -> json.number("rope_theta", 0, 1e12))
            .orElse(10_000.0);
    List<Double> frequencies = new ArrayList<>();
    for (int i = 0; i < headDim; i += 2) {
      frequencies.add(Math.pow(base, -(double) i / headDim));
    }
    scaling.ifPresent(fields -> frequencies.replaceAll(frequency -> scaled(frequency, fields)));
    return new RotaryEmbedding(List.copyOf(frequencies));
  }

  private double scaled(double frequency, JsonFields scaling) {
    String type = scaling.text("rope_type").or(() -> scaling.text("type")).orElse("default");
    return switch (type) {
      case "default" -> frequency;
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
    double turns =
        required(scaling, "original_max_position_embeddings") * frequency / (2 * Math.PI);
    double kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return kept * frequency + (1 - kept) * frequency / factor;
  }

  private double required(JsonFields scaling, String key) {
    return scaling.number(key, 0, 1e9).orElseThrow(() -> json.missing("rope scaling's " + key));
  }
}
