package dev.bookend.server.request;

import com.google.gson.JsonPrimitive;
import dev.bookend.model.runtime.Penalties;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenRules;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How tokens are chosen, and what ends an answer: the parameters that chat completions and
 * completions have in common.
 *
 * @param sampling of the first of several completions
 * @param penalties and the bias of tokens
 * @param maxTokens most tokens to generate, where the request says so
 * @param stop strings that end the answer
 * @param count how many completions there are of each prompt
 */
public record SamplingParameters(
    Sampling sampling, TokenRules penalties, OptionalInt maxTokens, List<String> stop, int count) {
  private static final int MOST_COMPLETIONS = 32;
  private static final int MOST_STOP_STRINGS = 16;
  private static final double LEAST_SHARE = 1e-9;
  private static final long ANY_SEED = -1; // as Ollama's and vLLM's clients say it

  /** Parameters of other servers, which their clients send with what changes nothing. */
  private static final Map<String, JsonPrimitive> NEUTRAL =
      Map.of(
          "repetition_penalty", new JsonPrimitive(1),
          "length_penalty", new JsonPrimitive(1),
          "min_p", new JsonPrimitive(0),
          "min_tokens", new JsonPrimitive(0),
          "ignore_eos", new JsonPrimitive(false),
          "use_beam_search", new JsonPrimitive(false),
          "include_stop_str_in_output", new JsonPrimitive(false),
          "skip_special_tokens", new JsonPrimitive(true));

  /**
   * Reads them.
   *
   * @param vocabulary one more than the largest id of a token
   * @throws ApiException if one is not what it has to be
   */
  public static SamplingParameters read(Parameters parameters, int vocabulary) {
    return new SamplingParameters(
        sampling(parameters, 1, 0, 1),
        penalties(parameters, vocabulary),
        parameters.integer("max_tokens", 0, Integer.MAX_VALUE),
        stop(parameters),
        parameters.integer("n", 1, MOST_COMPLETIONS).orElse(1));
  }

  /**
   * How tokens are drawn.
   *
   * @param usualTemperature where the request says none; so the others
   */
  public static Sampling sampling(
      Parameters parameters, double usualTemperature, int usualTopK, double usualTopP) {
    double temperature = parameters.number("temperature", 0, 2).orElse(usualTemperature);
    double topP = parameters.number("top_p", 0, 1).orElse(usualTopP);
    int topK = parameters.integer("top_k", -1, Integer.MAX_VALUE).orElse(usualTopK);
    OptionalLong seed = parameters.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE);
    return temperature == 0
        ? Sampling.GREEDY
        : new Sampling(
            temperature,
            Math.max(0, topK),
            Math.max(LEAST_SHARE, topP),
            seed.orElse(ANY_SEED) == ANY_SEED
                ? ThreadLocalRandom.current().nextLong()
                : seed.getAsLong());
  }

  private static TokenRules penalties(Parameters parameters, int vocabulary) {
    double presence = parameters.number("presence_penalty", -2, 2).orElse(0);
    double frequency = parameters.number("frequency_penalty", -2, 2).orElse(0);
    Map<Integer, Float> bias = new HashMap<>();
    parameters
        .object("logit_bias")
        .ifPresent(
            tokens -> {
              for (String token : tokens.names()) {
                double value = tokens.number(token, -100, 100).orElse(0);
                bias.put(id(tokens, token, vocabulary), (float) value);
              }
            });
    return presence == 0 && frequency == 0 && bias.isEmpty()
        ? TokenRules.NONE
        : new Penalties(presence, frequency, bias);
  }

  private static int id(Parameters tokens, String token, int vocabulary) {
    int id = token.matches("[0-9]{1,9}") ? Integer.parseInt(token) : -1;
    if (id < 0 || id >= vocabulary) {
      throw ApiException.parameter(tokens.name(token), "is not the id of a token");
    }
    return id;
  }

  /**
   * Strings that end an answer.
   *
   * @throws ApiException if there are too many
   */
  public static List<String> stop(Parameters parameters) {
    List<String> stop = parameters.texts("stop").stream().filter(one -> !one.isEmpty()).toList();
    if (stop.size() > MOST_STOP_STRINGS) {
      throw ApiException.parameter(
          parameters.name("stop"), "has more than " + MOST_STOP_STRINGS + " strings");
    }
    return stop;
  }

  /** The sampling of one of several completions, which have seeds of their own. */
  public Sampling sampling(int index) {
    return sampling.isGreedy()
        ? sampling
        : new Sampling(
            sampling.temperature(), sampling.topK(), sampling.topP(), sampling.seed() + index);
  }

  /** Parameters of OpenAI's API that change nothing of an answer's text. */
  public static void readWithoutEffect(Parameters parameters) {
    parameters.withoutEffect(
        "user",
        "metadata",
        "service_tier",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention");
    NEUTRAL.forEach(parameters::only);
  }
}
