package dev.bookend.server.responses;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.bookend.CompletionRequest;
import dev.bookend.Prompt;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.JavaValues;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.request.SamplingParameters;
import dev.bookend.server.tools.AnswerGrammar;
import dev.bookend.server.tools.Conversation;
import dev.bookend.server.tools.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A request for a response.
 *
 * @param model the name that it asks for
 * @param prompt the conversation
 * @param sampling how tokens are chosen
 * @param maxTokens most tokens to generate, where the request says so
 * @param topLogProbabilities as in {@link CompletionRequest}
 * @param conversation the prompt, with what an answer to it may be
 * @param stream whether it is told piece by piece
 * @param given what the response repeats of its request
 */
record ResponseRequest(
    String model,
    Prompt.Chat prompt,
    SamplingParameters sampling,
    OptionalInt maxTokens,
    OptionalInt topLogProbabilities,
    Conversation conversation,
    boolean stream,
    JsonObject given) {
  private static final String LOGS = "message.output_text.logprobs";
  private static final List<String> REPEATED =
      List.of(
          "instructions",
          "max_output_tokens",
          "metadata",
          "parallel_tool_calls",
          "temperature",
          "text",
          "tool_choice",
          "tools",
          "top_p",
          "user");

  /**
   * Reads the parameters of a request.
   *
   * @param vocabulary one more than the largest id of a token
   */
  static ResponseRequest read(Parameters parameters, int vocabulary) {
    refuseMemory(parameters);
    for (String other : List.of("max_tokens", "max_completion_tokens", "n")) {
      if (parameters.element(other).isPresent()) {
        throw ApiException.unsupported(other, "is no parameter of responses");
      }
    }
    boolean stream = parameters.flag("stream", false);
    parameters
        .object("stream_options")
        .ifPresent(
            options -> {
              options.withoutEffect("include_obfuscation");
              options.requireKnown();
            });
    Map<String, Object> arguments =
        parameters
            .object("chat_template_kwargs")
            .map(values -> JavaValues.map(values.json()))
            .orElse(Map.of());
    List<Map<String, Object>> tools = tools(parameters);
    ToolChoice choice = ToolChoice.read(parameters, tools);
    Prompt.Chat prompt = new Prompt.Chat(ResponseInput.read(parameters), choice.shown(), arguments);
    ResponseRequest request =
        new ResponseRequest(
            parameters.requiredText("model"),
            prompt,
            SamplingParameters.read(parameters, vocabulary),
            parameters.integer("max_output_tokens", 1, Integer.MAX_VALUE),
            logProbabilities(parameters),
            new Conversation(
                prompt,
                parameters.flag("parallel_tool_calls", true),
                choice.call(),
                format(parameters)),
            stream,
            given(parameters));
    SamplingParameters.readWithoutEffect(parameters);
    parameters.requireKnown();
    return request;
  }

  /** This server forgets a response once it is told. */
  private static void refuseMemory(Parameters parameters) {
    for (String name : List.of("previous_response_id", "conversation", "prompt")) {
      if (parameters.element(name).isPresent()) {
        throw ApiException.unsupported(
            name, "this server stores nothing; give the whole conversation as input");
      }
    }
    if (parameters.flag("store", false)) {
      throw ApiException.unsupported("store", "this server stores no responses; give false");
    }
    parameters.only("background", new JsonPrimitive(false));
    parameters.only("truncation", new JsonPrimitive("disabled"));
  }

  private static Optional<AnswerGrammar> format(Parameters parameters) {
    Optional<Parameters> text = parameters.object("text");
    Optional<AnswerGrammar> grammar =
        text.flatMap(given -> given.object("format")).flatMap(AnswerGrammar::ofFormat);
    text.ifPresent(Parameters::requireKnown);
    return grammar;
  }

  private static OptionalInt logProbabilities(Parameters parameters) {
    OptionalInt top = parameters.integer("top_logprobs", 0, 20);
    List<String> include = parameters.texts("include");
    for (String one : include) {
      if (!one.equals(LOGS)) {
        throw ApiException.unsupported("include", "this server knows " + LOGS + " only");
      }
    }
    boolean wanted = !include.isEmpty();
    if (!wanted && top.orElse(0) > 0) {
      throw ApiException.parameter("top_logprobs", "needs include to name " + LOGS);
    }
    return wanted ? OptionalInt.of(top.orElse(0)) : OptionalInt.empty();
  }

  /** In the form of chat completions, as templates take them. */
  private static List<Map<String, Object>> tools(Parameters parameters) {
    List<Map<String, Object>> tools = new ArrayList<>();
    for (Parameters tool : parameters.objects("tools")) {
      if (!tool.requiredText("type").equals("function")) {
        throw ApiException.unsupported(tool.name("type"), "this server knows functions only");
      }
      tool.requiredText("name");
      JsonObject function = new JsonObject();
      tool.json()
          .entrySet()
          .forEach(
              field -> {
                if (!List.of("type", "strict").contains(field.getKey())) {
                  function.add(field.getKey(), field.getValue());
                }
              });
      JsonObject whole = new JsonObject();
      whole.addProperty("type", "function");
      whole.add("function", function);
      tools.add(JavaValues.map(whole));
    }
    return tools;
  }

  private static JsonObject given(Parameters parameters) {
    JsonObject given = new JsonObject();
    given.add("instructions", null);
    given.add("max_output_tokens", null);
    given.add("metadata", new JsonObject());
    given.addProperty("parallel_tool_calls", true);
    given.addProperty("temperature", 1.0);
    given.add("text", JsonParser.parseString("{\"format\": {\"type\": \"text\"}}"));
    given.addProperty("tool_choice", "auto");
    given.add("tools", new JsonArray());
    given.addProperty("top_p", 1.0);
    given.add("user", null);
    for (String name : REPEATED) {
      JsonElement element = parameters.element(name).orElse(null);
      if (element != null) {
        given.add(name, element);
      }
    }
    return given;
  }

  CompletionRequest completion() {
    return new CompletionRequest(
        prompt,
        sampling.sampling(),
        maxTokens.orElse(Integer.MAX_VALUE),
        sampling.stop(),
        topLogProbabilities,
        sampling.penalties());
  }
}
