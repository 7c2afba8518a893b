package dev.bookend.server.ollama;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import dev.bookend.Bookend;
import dev.bookend.CompletionRequest;
import dev.bookend.Prompt;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.server.answer.ServedModel;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.tools.AnswerGrammar;
import dev.bookend.server.tools.ToolList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A request for an answer.
 *
 * @param model the name that it asks for
 * @param prompt empty: the model is to be there, and nothing else
 * @param options how tokens are chosen
 * @param grammar what the answer must be; empty: anything
 * @param stream whether the answer is told piece by piece
 */
record OllamaRequest(
    String model,
    Optional<Prompt> prompt,
    OllamaOptions options,
    Optional<AnswerGrammar> grammar,
    boolean stream) {
  private static final String THINKING = "enable_thinking";

  /** Of {@code /api/chat}. */
  static OllamaRequest chat(Parameters parameters, ServedModel model) {
    String name = name(parameters, model);
    List<Message> messages = OllamaMessages.read(parameters);
    List<Map<String, Object>> tools = ToolList.read(parameters);
    Prompt prompt = new Prompt.Chat(messages, tools, thinking(parameters, model));
    return read(
        parameters, model, name, messages.isEmpty() ? Optional.empty() : Optional.of(prompt));
  }

  /** Of {@code /api/generate}. */
  static OllamaRequest generate(Parameters parameters, ServedModel model) {
    String name = name(parameters, model);
    String text = parameters.text("prompt").orElse("");
    Optional<String> system = parameters.text("system").filter(one -> !one.isEmpty());
    boolean raw = parameters.flag("raw", false);
    boolean plain = raw || !model.bookend().model().hasChatTemplate();
    String whole = "has no place in a prompt that goes to the model as it is";
    if (plain && system.isPresent()) {
      throw ApiException.parameter("system", whole);
    }
    if (plain && parameters.flag("think", false)) {
      throw ApiException.parameter("think", whole);
    }
    OllamaMessages.refuseImages(parameters);
    for (String other : List.of("suffix", "template")) {
      parameters.only(other, new JsonPrimitive(""));
    }
    Map<String, Object> arguments = thinking(parameters, model);
    Prompt prompt = new Prompt.Text(text);
    if (!plain) {
      List<Message> messages = new ArrayList<>();
      system.ifPresent(one -> messages.add(new Message(Role.SYSTEM, one)));
      messages.add(new Message(Role.USER, text));
      prompt = new Prompt.Chat(messages, List.of(), arguments);
    }
    return read(parameters, model, name, text.isEmpty() ? Optional.empty() : Optional.of(prompt));
  }

  static String name(Parameters parameters, ServedModel model) {
    String name =
        parameters
            .text("model")
            .or(() -> parameters.text("name"))
            .orElseThrow(() -> parameters.missing("model"));
    OllamaModels.require(model, name);
    return name;
  }

  /** Whether the model is to think first, which its template decides. */
  private static Map<String, Object> thinking(Parameters parameters, ServedModel model) {
    Optional<JsonElement> think = parameters.element("think");
    if (think.isEmpty()) {
      return Map.of();
    }
    boolean wanted = parameters.flag("think", false);
    String template = model.bookend().model().chatTemplate().map(one -> one.text(false)).orElse("");
    if (!template.contains(THINKING) && (wanted || template.contains("<think>"))) {
      throw ApiException.unsupported("think", "this model's chat template does not choose");
    }
    return Map.of(THINKING, wanted);
  }

  private static OllamaRequest read(
      Parameters parameters, ServedModel model, String name, Optional<Prompt> prompt) {
    parameters.withoutEffect("keep_alive", "name");
    OllamaRequest request =
        new OllamaRequest(
            name,
            prompt,
            OllamaOptions.read(parameters, model.contextLength()),
            format(parameters),
            parameters.flag("stream", true));
    parameters.requireKnown();
    return request;
  }

  /** {@code "json"}, or a schema. */
  private static Optional<AnswerGrammar> format(Parameters parameters) {
    Optional<JsonElement> format = parameters.element("format");
    if (format.isEmpty() || format.get().equals(new JsonPrimitive(""))) {
      return Optional.empty();
    } else if (format.get().equals(new JsonPrimitive("json"))) {
      return Optional.of(AnswerGrammar.anyObject());
    } else if (format.get().isJsonObject()) {
      return Optional.of(AnswerGrammar.ofSchema("format", format.get()));
    }
    throw ApiException.parameter("format", "must be \"json\" or a JSON schema");
  }

  /**
   * What is to be completed.
   *
   * @throws BookendException if the prompt alone is longer than the context that is asked for
   */
  CompletionRequest completion(Bookend bookend, int contextLength) {
    int most = options.maxTokens();
    if (options.context() < contextLength) {
      int tokens = bookend.tokens(prompt.orElseThrow()).length;
      if (tokens >= options.context()) {
        throw new BookendException(
            ErrorCode.CONTEXT_FULL,
            "the prompt has %d tokens, but options.num_ctx is %d"
                .formatted(tokens, options.context()));
      }
      most = Math.min(most, options.context() - tokens);
    }
    return new CompletionRequest(
        prompt.orElseThrow(),
        options.sampling(),
        most,
        options.stop(),
        OptionalInt.empty(),
        options.rules());
  }

  /** The same, held to the grammar. */
  CompletionRequest heldCompletion(Bookend bookend, int contextLength) {
    CompletionRequest free = completion(bookend, contextLength);
    return grammar.map(held -> free.withRules(free.rules().and(held.rules(bookend)))).orElse(free);
  }
}
