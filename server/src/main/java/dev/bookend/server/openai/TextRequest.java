package dev.bookend.server.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import dev.bookend.CompletionRequest;
import dev.bookend.Prompt;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.request.SamplingParameters;
import dev.bookend.server.request.TokenIds;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request for completions of plain text.
 *
 * @param model the name that it asks for
 * @param prompts texts or tokens
 * @param sampling how tokens are chosen; of each prompt there are as many completions as it says
 * @param echo whether the prompt is part of the text that comes back
 * @param topLogProbabilities as in {@link CompletionRequest}; with {@code echo} also of the prompt
 * @param stream how it is to be answered
 */
record TextRequest(
    String model,
    List<Prompt> prompts,
    SamplingParameters sampling,
    boolean echo,
    OptionalInt topLogProbabilities,
    Streaming stream) {
  private static final int DEFAULT_TOKENS = 16; // as in OpenAI's API
  private static final int MOST_PROMPTS = 256;

  /**
   * Reads the parameters of a request.
   *
   * @param vocabulary one more than the largest id of a token
   */
  static TextRequest read(Parameters parameters, int vocabulary) {
    TextRequest request =
        new TextRequest(
            parameters.requiredText("model"),
            prompts(parameters, vocabulary),
            SamplingParameters.read(parameters, vocabulary),
            parameters.flag("echo", false),
            parameters.integer("logprobs", 0, 20),
            Streaming.read(parameters));
    if (request.maxTokens() == 0 && !request.echo()) {
      throw ApiException.parameter("max_tokens", "must be at least 1, unless echo is true");
    }
    parameters.only("best_of", new JsonPrimitive(request.sampling().count()));
    parameters.only("suffix", new JsonPrimitive(""));
    SamplingParameters.readWithoutEffect(parameters);
    parameters.requireKnown();
    return request;
  }

  int maxTokens() {
    return sampling.maxTokens().orElse(DEFAULT_TOKENS);
  }

  private static List<Prompt> prompts(Parameters parameters, int vocabulary) {
    JsonElement prompt =
        parameters.element("prompt").orElseThrow(() -> parameters.missing("prompt"));
    List<Prompt> prompts = new ArrayList<>();
    if (isText(prompt)) {
      prompts.add(new Prompt.Text(prompt.getAsString()));
    } else if (prompt instanceof JsonArray list && !list.isEmpty()) {
      if (TokenIds.isNumber(list.get(0))) {
        prompts.add(tokens(list, vocabulary));
      } else {
        list.forEach(one -> prompts.add(prompt(one, vocabulary)));
      }
    }
    if (prompts.isEmpty() || prompts.size() > MOST_PROMPTS) {
      throw wrong();
    }
    return prompts;
  }

  private static Prompt prompt(JsonElement element, int vocabulary) {
    if (isText(element)) {
      return new Prompt.Text(element.getAsString());
    } else if (element instanceof JsonArray list) {
      return tokens(list, vocabulary);
    }
    throw wrong();
  }

  private static Prompt tokens(JsonArray list, int vocabulary) {
    return new Prompt.Tokens(TokenIds.read("prompt", list, vocabulary));
  }

  private static ApiException wrong() {
    return ApiException.parameter(
        "prompt",
        "must be a string, a list of strings, a list of token ids or a list of such lists; at most "
            + MOST_PROMPTS);
  }

  private static boolean isText(JsonElement element) {
    return element.isJsonPrimitive() && element.getAsJsonPrimitive().isString();
  }

  /** How many completions there are of all prompts. */
  int count() {
    return prompts.size() * sampling.count();
  }

  /** The request for one of its completions; those of a prompt come one after the other. */
  CompletionRequest completion(int index) {
    return new CompletionRequest(
        prompts.get(index / sampling.count()),
        sampling.sampling(index % sampling.count()),
        Math.max(1, maxTokens()),
        sampling.stop(),
        topLogProbabilities,
        sampling.penalties());
  }
}
