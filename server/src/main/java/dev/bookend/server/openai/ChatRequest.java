package dev.bookend.server.openai;

import com.google.gson.JsonArray;
import dev.bookend.CompletionRequest;
import dev.bookend.Prompt;
import dev.bookend.model.runtime.TokenRules;
import dev.bookend.model.template.Message;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.JavaValues;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.request.ChatMessages;
import dev.bookend.server.request.SamplingParameters;
import dev.bookend.server.tools.AnswerGrammar;
import dev.bookend.server.tools.Conversation;
import dev.bookend.server.tools.ToolChoice;
import dev.bookend.server.tools.ToolList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A request for chat completions.
 *
 * @param model the name that it asks for
 * @param prompt the conversation
 * @param sampling how tokens are chosen
 * @param rules what else decides on tokens
 * @param topLogProbabilities as in {@link CompletionRequest}
 * @param conversation the prompt, with what an answer to it may be
 * @param stream how it is to be answered
 */
record ChatRequest(
    String model,
    Prompt.Chat prompt,
    SamplingParameters sampling,
    TokenRules rules,
    OptionalInt topLogProbabilities,
    Conversation conversation,
    Streaming stream) {

  /**
   * Reads the parameters of a request.
   *
   * @param vocabulary one more than the largest id of a token
   */
  static ChatRequest read(Parameters parameters, int vocabulary) {
    String model = parameters.requiredText("model");
    List<Message> messages = ChatMessages.read(parameters);
    SamplingParameters sampling =
        maxTokens(parameters, SamplingParameters.read(parameters, vocabulary));
    List<Map<String, Object>> tools = ToolList.read(parameters);
    ToolChoice choice = ToolChoice.read(parameters, tools);
    Prompt.Chat prompt = new Prompt.Chat(messages, choice.shown(), arguments(parameters));
    ChatRequest request =
        new ChatRequest(
            model,
            prompt,
            sampling,
            sampling.penalties(),
            logProbabilities(parameters),
            new Conversation(
                prompt,
                parameters.flag("parallel_tool_calls", true),
                choice.call(),
                parameters.object("response_format").flatMap(AnswerGrammar::ofFormat)),
            Streaming.read(parameters));
    JsonArray text = new JsonArray();
    text.add("text");
    parameters.only("modalities", text);
    SamplingParameters.readWithoutEffect(parameters);
    parameters.withoutEffect("store"); // for whoever looks at answers of the past, at OpenAI
    parameters.requireKnown();
    return request;
  }

  private static SamplingParameters maxTokens(Parameters parameters, SamplingParameters sampling) {
    OptionalInt most = parameters.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
    if (most.isPresent()
        && sampling.maxTokens().isPresent()
        && !most.equals(sampling.maxTokens())) {
      throw ApiException.parameter(
          "max_tokens", "contradicts max_completion_tokens; give one of them");
    }
    OptionalInt tokens = most.isPresent() ? most : sampling.maxTokens();
    if (tokens.isPresent() && tokens.getAsInt() == 0) {
      throw ApiException.parameter("max_tokens", "must be at least 1");
    }
    return new SamplingParameters(
        sampling.sampling(), sampling.penalties(), tokens, sampling.stop(), sampling.count());
  }

  private static OptionalInt logProbabilities(Parameters parameters) {
    boolean wanted = parameters.flag("logprobs", false);
    OptionalInt top = parameters.integer("top_logprobs", 0, 20);
    if (top.isPresent() && !wanted) {
      throw ApiException.parameter("top_logprobs", "needs logprobs to be true");
    }
    return wanted ? OptionalInt.of(top.orElse(0)) : OptionalInt.empty();
  }

  private static Map<String, Object> arguments(Parameters parameters) {
    return parameters
        .object("chat_template_kwargs")
        .map(arguments -> JavaValues.map(arguments.json()))
        .orElse(Map.of());
  }

  /** The request for one of its completions. */
  CompletionRequest completion(int index) {
    return new CompletionRequest(
        prompt,
        sampling.sampling(index),
        sampling.maxTokens().orElse(Integer.MAX_VALUE),
        sampling.stop(),
        topLogProbabilities,
        rules);
  }
}
