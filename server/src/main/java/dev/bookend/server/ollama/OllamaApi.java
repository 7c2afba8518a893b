package dev.bookend.server.ollama;

import com.google.gson.JsonObject;
import dev.bookend.Prompt;
import dev.bookend.server.answer.AnswerRun.Work;
import dev.bookend.server.answer.Responder;
import dev.bookend.server.answer.ServedModel;
import dev.bookend.server.http.Events;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.tools.AnswerShape;
import dev.bookend.server.tools.Conversation;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;

/** Ollama's API under {@code /api}. */
public final class OllamaApi {
  /** Where its paths begin. */
  public static final String ROOT = "/api/";

  /** Of the API as it is spoken here; clients compare it before they use what came later. */
  private static final String VERSION = "0.9.0";

  private final ServedModel model;
  private final Responder responder;

  /** An API for a model. */
  public OllamaApi(ServedModel model, Responder responder) {
    this.model = model;
    this.responder = responder;
  }

  /** Adds its paths to a router. */
  public void mount(Router router) {
    router.get(ROOT + "version").handler(this::version);
    router.get(ROOT + "tags").handler(request -> json(request, OllamaModels.list(model)));
    router.get(ROOT + "ps").handler(request -> json(request, OllamaModels.list(model)));
    router.post(ROOT + "show").handler(this::show);
    router.post(ROOT + "chat").blockingHandler(this::chat, false);
    router.post(ROOT + "generate").blockingHandler(this::generate, false);
  }

  private void json(RoutingContext request, JsonObject body) {
    responder.json(request, 200, Events.json(body));
  }

  private void version(RoutingContext request) {
    JsonObject body = new JsonObject();
    body.addProperty("version", VERSION);
    json(request, body);
  }

  private void show(RoutingContext request) {
    Parameters parameters = parameters(request);
    OllamaRequest.name(parameters, model);
    json(request, OllamaModels.show(model));
  }

  private static Parameters parameters(RoutingContext request) {
    return Parameters.read(request);
  }

  private void chat(RoutingContext request) {
    answer(request, OllamaRequest.chat(parameters(request), model), true);
  }

  private void generate(RoutingContext request) {
    answer(request, OllamaRequest.generate(parameters(request), model), false);
  }

  private void answer(RoutingContext request, OllamaRequest read, boolean chat) {
    if (read.prompt().isEmpty()) {
      OllamaFormat format = new OllamaFormat(read.model(), chat, () -> AnswerShape.TEXT);
      responder.json(request, 200, format.loaded());
    } else if (read.prompt().get() instanceof Prompt.Chat prompt) {
      Conversation conversation = new Conversation(prompt, true, Optional.empty(), read.grammar());
      Work work =
          (bookend, listener, cancellation) ->
              conversation.complete(
                  bookend, read.completion(bookend, model.contextLength()), listener, cancellation);
      OllamaFormat format = new OllamaFormat(read.model(), chat, conversation::shape);
      responder.answer(request, List.of(work), format, read.stream());
    } else {
      Work work =
          (bookend, listener, cancellation) ->
              bookend.complete(
                  read.heldCompletion(bookend, model.contextLength()), listener, cancellation);
      OllamaFormat format = new OllamaFormat(read.model(), chat, () -> AnswerShape.TEXT);
      responder.answer(request, List.of(work), format, read.stream());
    }
  }
}
