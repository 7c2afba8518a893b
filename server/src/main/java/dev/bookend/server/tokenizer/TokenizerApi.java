package dev.bookend.server.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.bookend.Bookend;
import dev.bookend.Prompt;
import dev.bookend.TextModel;
import dev.bookend.server.answer.Responder;
import dev.bookend.server.answer.ServedModel;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.request.ChatMessages;
import dev.bookend.server.request.TokenIds;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;

/**
 * The paths {@code /tokenize}, {@code /detokenize} and {@code /tokenizer_info}, as vLLM has them:
 * with these, lm-evaluation-harness needs no tokenizer of its own.
 */
public final class TokenizerApi {
  private final ServedModel model;
  private final Responder responder;

  /** An API for a model. */
  public TokenizerApi(ServedModel model, Responder responder) {
    this.model = model;
    this.responder = responder;
  }

  /** Adds its paths to a router. */
  public void mount(Router router) {
    router.post("/tokenize").blockingHandler(this::tokenize, false);
    router.post("/detokenize").blockingHandler(this::detokenize, false);
    router.get("/tokenizer_info").handler(this::info);
  }

  private void tokenize(RoutingContext request) {
    Parameters parameters = parameters(request);
    boolean texts = parameters.flag("return_token_strs", false);
    if (parameters.element("messages").isPresent()) {
      Prompt chat = new Prompt.Chat(ChatMessages.read(parameters));
      parameters.only("add_generation_prompt", new JsonPrimitive(true));
      parameters.only("continue_final_message", new JsonPrimitive(false));
      parameters.requireKnown();
      responder.json(request, () -> tokens(model.bookend().tokens(chat), texts));
    } else {
      String text = parameters.requiredText("prompt");
      boolean special = parameters.flag("add_special_tokens", true);
      parameters.requireKnown();
      responder.json(
          request,
          () ->
              tokens(
                  model
                      .bookend()
                      .withTokenizer(
                          tokenizer ->
                              special ? tokenizer.encodePrompt(text) : tokenizer.encode(text)),
                  texts));
    }
  }

  private String tokens(int[] ids, boolean texts) {
    JsonObject answer = new JsonObject();
    answer.addProperty("count", ids.length);
    answer.addProperty("max_model_len", model.contextLength());
    JsonArray tokens = new JsonArray(ids.length);
    Arrays.stream(ids).forEach(tokens::add);
    answer.add("tokens", tokens);
    if (texts) {
      JsonArray strings = new JsonArray(ids.length);
      Bookend bookend = model.bookend();
      bookend.withTokenizer(
          tokenizer -> {
            Arrays.stream(ids).mapToObj(tokenizer::decodeWithSpecial).forEach(strings::add);
            return strings;
          });
      answer.add("token_strs", strings);
    }
    return answer.toString();
  }

  private void detokenize(RoutingContext request) {
    Parameters parameters = parameters(request);
    JsonElement list = parameters.element("tokens").orElseThrow(() -> parameters.missing("tokens"));
    int[] ids = TokenIds.read("tokens", list, model.vocabularySize());
    parameters.requireKnown();
    responder.json(
        request,
        () -> {
          JsonObject answer = new JsonObject();
          String text =
              model.bookend().withTokenizer(tokenizer -> tokenizer.decodeWithSpecial(ids));
          answer.addProperty("prompt", text);
          return answer.toString();
        });
  }

  private Parameters parameters(RoutingContext request) {
    Parameters parameters = Parameters.read(request);
    parameters.text("model").ifPresent(model::require);
    return parameters;
  }

  private void info(RoutingContext request) {
    TextModel text = model.bookend().model();
    JsonObject info = new JsonObject();
    text.specialTokens().forEach((name, token) -> info.addProperty(name, token));
    text.chatTemplate()
        .ifPresent(template -> info.addProperty("chat_template", template.text(false)));
    info.addProperty("model_max_length", model.contextLength());
    responder.json(request, 200, info.toString());
  }
}
