package dev.bookend.server.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.Bookend;
import dev.bookend.Cancellation;
import dev.bookend.Completion;
import dev.bookend.CompletionListener;
import dev.bookend.CompletionRequest;
import dev.bookend.Prompt;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.server.answer.AnswerRun.Work;
import dev.bookend.server.answer.Responder;
import dev.bookend.server.answer.ServedModel;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Events;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.tools.Conversation;
import dev.bookend.session.SessionStats;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** OpenAI's API under {@code /v1}. */
public final class OpenAiApi {
  private final ServedModel model;
  private final Responder responder;

  /** An API for a model. */
  public OpenAiApi(ServedModel model, Responder responder) {
    this.model = model;
    this.responder = responder;
  }

  /** Adds its paths to a router. */
  public void mount(Router router) {
    router.get("/v1/models").handler(this::models);
    router.get("/v1/models/*").handler(this::model);
    router.post("/v1/chat/completions").blockingHandler(this::chat, false);
    router.post("/v1/completions").blockingHandler(this::text, false);
  }

  private void models(RoutingContext request) {
    JsonArray data = new JsonArray();
    model.names().forEach(name -> data.add(described(name)));
    JsonObject all = new JsonObject();
    all.addProperty("object", "list");
    all.add("data", data);
    responder.json(request, 200, Events.json(all));
  }

  private void model(RoutingContext request) {
    String name = request.pathParam("*");
    model.require(name);
    responder.json(request, 200, Events.json(described(name)));
  }

  private JsonObject described(String name) {
    JsonObject entry = new JsonObject();
    entry.addProperty("id", name);
    entry.addProperty("object", "model");
    entry.addProperty("created", model.opened().getEpochSecond());
    entry.addProperty("owned_by", "bookend");
    entry.addProperty("max_model_len", model.contextLength());
    return entry;
  }

  private void chat(RoutingContext request) {
    ChatRequest chat = ChatRequest.read(Parameters.read(request), model.vocabularySize());
    model.require(chat.model());
    Conversation conversation = chat.conversation();
    List<Work> works =
        IntStream.range(0, chat.sampling().count())
            .mapToObj(chat::completion)
            .map(
                completion ->
                    (Work)
                        (bookend, listener, cancellation) ->
                            conversation.complete(bookend, completion, listener, cancellation))
            .toList();
    ChatFormat format = new ChatFormat(chat, conversation);
    responder.answer(request, works, format, chat.stream().wanted());
  }

  private void text(RoutingContext request) {
    TextRequest text = TextRequest.read(Parameters.read(request), model.vocabularySize());
    model.require(text.model());
    List<Work> works =
        IntStream.range(0, text.count())
            .mapToObj(text::completion)
            .map(
                completion ->
                    (Work)
                        (bookend, listener, cancellation) ->
                            complete(text, completion, bookend, listener, cancellation))
            .toList();
    responder.answer(request, works, new TextFormat(text), text.stream().wanted());
  }

  private Completion complete(
      TextRequest text,
      CompletionRequest completion,
      Bookend bookend,
      CompletionListener listener,
      Cancellation cancellation) {
    int[] ids = tokens(bookend, completion.prompt());
    CompletionRequest known = completion.withPrompt(new Prompt.Tokens(ids));
    if (!text.echo()) {
      return bookend.complete(known, listener, cancellation);
    }
    EchoedPrompt prompt =
        EchoedPrompt.of(
            bookend, completion.prompt(), ids, text.topLogProbabilities(), cancellation);
    listener.onPiece(prompt.piece());
    return prompt.before(
        text.maxTokens() == 0 ? nothing(ids) : bookend.complete(known, listener, cancellation));
  }

  private static int[] tokens(Bookend bookend, Prompt prompt) {
    int[] ids = bookend.tokens(prompt);
    if (ids.length == 0) {
      throw ApiException.parameter("prompt", "has no token");
    }
    return ids;
  }

  /** A completion of no token. */
  private static Completion nothing(int[] ids) {
    return new Completion(
        "",
        Arrays.stream(ids).boxed().toList(),
        List.of(),
        FinishReason.LENGTH,
        List.of(),
        Generation.interrupted(List.of(), "", SessionStats.NONE, 0, 0));
  }
}
