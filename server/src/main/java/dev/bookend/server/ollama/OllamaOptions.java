package dev.bookend.server.ollama;

import com.google.gson.JsonPrimitive;
import dev.bookend.model.runtime.Penalties;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenRules;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.request.SamplingParameters;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The options of a request. Where one is not given it is as Ollama's documentation says, but there
 * is no penalty for repetition.
 *
 * @param maxTokens most tokens to generate
 * @param context most tokens of prompt and answer together
 */
record OllamaOptions(
    Sampling sampling, TokenRules rules, int maxTokens, int context, List<String> stop) {

  /** Of the machine, not of the answer. */
  private static final String[] WITHOUT_EFFECT = {
    "low_vram",
    "main_gpu",
    "num_batch",
    "num_gpu",
    "num_keep",
    "num_thread",
    "numa",
    "use_mlock",
    "use_mmap"
  };

  static OllamaOptions read(Parameters request, int contextLength) {
    Optional<Parameters> given = request.object("options");
    if (given.isEmpty()) {
      return readWithin(Parameters.parse("{}"), contextLength);
    }
    Parameters options = given.get();
    OptionalInt context = options.integer("num_ctx", 1, Integer.MAX_VALUE);
    if (context.orElse(0) > contextLength) {
      throw ApiException.parameter(
          options.name("num_ctx"), "this model's context has " + contextLength + " tokens");
    }
    options.withoutEffect(WITHOUT_EFFECT);
    OllamaOptions read = readWithin(options, context.orElse(contextLength));
    options.requireKnown();
    return read;
  }

  private static OllamaOptions readWithin(Parameters options, int context) {
    Sampling sampling = SamplingParameters.sampling(options, 0.8, 40, 0.9);
    double presence = options.number("presence_penalty", -2, 2).orElse(0);
    double frequency = options.number("frequency_penalty", -2, 2).orElse(0);
    only(options, "repeat_penalty", 1);
    only(options, "min_p", 0);
    only(options, "typical_p", 1);
    only(options, "mirostat", 0);
    int most = options.integer("num_predict", -2, Integer.MAX_VALUE).orElse(-1);
    if (most == 0) {
      throw ApiException.parameter(options.name("num_predict"), "must not be 0");
    }
    return new OllamaOptions(
        sampling,
        presence == 0 && frequency == 0
            ? TokenRules.NONE
            : new Penalties(presence, frequency, Map.of()),
        most < 0 ? Integer.MAX_VALUE : most,
        context,
        SamplingParameters.stop(options));
  }

  private static void only(Parameters options, String name, double value) {
    if (options.number(name, -1e9, 1e9).orElse(value) != value) {
      options.only(name, new JsonPrimitive(value));
    }
  }
}
