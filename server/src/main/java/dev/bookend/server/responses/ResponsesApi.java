package dev.bookend.server.responses;

import dev.bookend.server.answer.AnswerRun.Work;
import dev.bookend.server.answer.Responder;
import dev.bookend.server.answer.ServedModel;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.tools.Conversation;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** OpenAI's responses API: {@code POST /v1/responses}. */
public final class ResponsesApi {
  private final ServedModel model;
  private final Responder responder;

  /** An API for a model. */
  public ResponsesApi(ServedModel model, Responder responder) {
    this.model = model;
    this.responder = responder;
  }

  /** Adds its path to a router. */
  public void mount(Router router) {
    router.post("/v1/responses").blockingHandler(this::respond, false);
  }

  private void respond(RoutingContext request) {
    ResponseRequest read = ResponseRequest.read(Parameters.read(request), model.vocabularySize());
    model.require(read.model());
    Conversation conversation = read.conversation();
    Work work =
        (bookend, listener, cancellation) ->
            conversation.complete(bookend, read.completion(), listener, cancellation);
    ResponseFormat format = new ResponseFormat(read, conversation);
    responder.answer(request, List.of(work), format, read.stream());
  }
}
