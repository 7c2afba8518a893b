package dev.bookend.server.responses;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.bookend.Completion;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.TokenLogProbability;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.server.answer.AnswerFormat;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Events;
import dev.bookend.server.http.Ids;
import dev.bookend.server.tools.AnswerParser;
import dev.bookend.server.tools.Conversation;
import dev.bookend.server.tools.ParsedAnswer;
import java.time.Instant;
import java.util.List;

/** A response, which always has one answer. */
final class ResponseFormat implements AnswerFormat {
  private final String id = Ids.next("resp_");
  private final long created = Instant.now().getEpochSecond();
  private final ResponseRequest request;
  private final Conversation conversation;
  private final ResponseEvents events = new ResponseEvents();
  private final OutputItems output = new OutputItems(events);
  private AnswerParser parser;

  ResponseFormat(ResponseRequest request, Conversation conversation) {
    this.request = request;
    this.conversation = conversation;
  }

  private JsonObject response(String status) {
    JsonObject response = new JsonObject();
    response.addProperty("id", id);
    response.addProperty("object", "response");
    response.addProperty("created_at", created);
    response.addProperty("status", status);
    response.addProperty("background", false);
    response.add("error", JsonNull.INSTANCE);
    JsonObject details = new JsonObject();
    details.addProperty("reason", "max_output_tokens");
    response.add("incomplete_details", status.equals("incomplete") ? details : JsonNull.INSTANCE);
    response.addProperty("model", request.model());
    response.add("output", output.items().deepCopy());
    response.add("previous_response_id", JsonNull.INSTANCE);
    response.add("reasoning", null);
    response.addProperty("store", false);
    response.addProperty("truncation", "disabled");
    response.add("usage", JsonNull.INSTANCE);
    request.given().entrySet().forEach(field -> response.add(field.getKey(), field.getValue()));
    return response;
  }

  private static String status(Completion completion) {
    return completion.finishReason() == FinishReason.LENGTH ? "incomplete" : "completed";
  }

  @Override
  public String whole(List<Completion> completions) {
    Completion completion = completions.get(0);
    ParsedAnswer answer = ParsedAnswer.of(conversation.shape(), completion.text());
    List<TokenLogProbability> logs = completion.logProbabilities();
    int reasoning = Math.min(logs.size(), conversation.reasoningTokens(completion));
    output.add(answer.parts(), logs.subList(reasoning, logs.size()));
    output.finish(status(completion));
    return Events.json(ended(completion));
  }

  private JsonObject ended(Completion completion) {
    JsonObject response = response(status(completion));
    response.add("usage", ResponseUsage.of(completion, conversation));
    return response;
  }

  private String event(String type, JsonObject response) {
    JsonObject fields = new JsonObject();
    fields.add("response", response);
    return events.event(type, fields);
  }

  @Override
  public String begin(int index) {
    parser = new AnswerParser(conversation.shape());
    return event("response.created", response("in_progress"))
        + event("response.in_progress", response("in_progress"));
  }

  @Override
  public String piece(int index, Piece piece) {
    return output.add(parser.add(piece.text()), piece.logProbabilities());
  }

  @Override
  public String end(int index, Completion completion) {
    return output.add(parser.finish(), List.of()) + output.finish(status(completion));
  }

  @Override
  public String finish(List<Completion> completions) {
    Completion completion = completions.get(0);
    return event("response." + status(completion), ended(completion));
  }

  @Override
  public String lateError(ApiException error) {
    JsonObject fields = new JsonObject();
    fields.addProperty("code", error.code());
    fields.addProperty("message", error.getMessage());
    fields.addProperty("param", error.parameter().orElse(null));
    return events.event("error", fields);
  }
}
