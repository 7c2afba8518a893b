package dev.bookend.server.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.bookend.Completion;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.TokenLogProbability;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.server.answer.AnswerFormat;
import dev.bookend.server.answer.TokenLogs;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Events;
import dev.bookend.server.http.Ids;
import dev.bookend.server.tools.Conversation;
import dev.bookend.server.tools.ParsedAnswer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Chat completions as OpenAI's API writes them. */
final class ChatFormat implements AnswerFormat {
  private final String id = Ids.next("chatcmpl-");
  private final long created = Instant.now().getEpochSecond();
  private final String model;
  private final boolean logProbabilities;
  private final boolean usage;
  private final Conversation conversation;
  private final Map<Integer, ChatDeltas> deltas = new HashMap<>();

  ChatFormat(ChatRequest request, Conversation conversation) {
    this.conversation = conversation;
    this.model = request.model();
    this.logProbabilities = request.topLogProbabilities().isPresent();
    this.usage = request.stream().includesUsage();
  }

  private JsonObject envelope(String kind, JsonArray choices) {
    JsonObject all = new JsonObject();
    all.addProperty("id", id);
    all.addProperty("object", kind);
    all.addProperty("created", created);
    all.addProperty("model", model);
    all.add("choices", choices);
    return all;
  }

  @Override
  public String whole(List<Completion> completions) {
    JsonArray choices = new JsonArray();
    for (Completion completion : completions) {
      ParsedAnswer answer = ParsedAnswer.of(conversation.shape(), completion.text());
      JsonObject choice = new JsonObject();
      choice.addProperty("index", choices.size());
      choice.add("message", ChatMessage.of(answer));
      choice.add("logprobs", logProbabilities(completion.logProbabilities()));
      choice.addProperty(
          "finish_reason", reason(completion.finishReason(), !answer.calls().isEmpty()));
      choices.add(choice);
    }
    JsonObject all = envelope("chat.completion", choices);
    all.add("usage", Usage.of(completions, conversation));
    return Events.json(all);
  }

  private String chunk(
      int index, JsonObject delta, List<TokenLogProbability> tokens, String reason) {
    JsonObject choice = new JsonObject();
    choice.addProperty("index", index);
    choice.add("delta", delta);
    JsonObject logs = tokens.isEmpty() ? null : logProbabilities(tokens);
    choice.add("logprobs", logs == null ? JsonNull.INSTANCE : logs);
    choice.addProperty("finish_reason", reason);
    JsonArray choices = new JsonArray();
    choices.add(choice);
    JsonObject chunk = envelope("chat.completion.chunk", choices);
    if (usage) {
      chunk.add("usage", JsonNull.INSTANCE);
    }
    return Events.of(chunk);
  }

  @Override
  public String begin(int index) {
    deltas.put(index, new ChatDeltas(conversation.shape()));
    JsonObject delta = new JsonObject();
    delta.addProperty("role", "assistant");
    delta.addProperty("content", "");
    return chunk(index, delta, List.of(), null);
  }

  @Override
  public String piece(int index, Piece piece) {
    ChatDeltas choice = deltas.get(index);
    return chunks(index, choice.add(piece), choice);
  }

  /** The first of them comes with the log-probabilities of the tokens that it took. */
  private String chunks(int index, List<JsonObject> some, ChatDeltas choice) {
    StringBuilder chunks = new StringBuilder();
    for (JsonObject delta : some) {
      chunks.append(chunk(index, delta, choice.takeLogProbabilities(), null));
    }
    return chunks.toString();
  }

  @Override
  public String end(int index, Completion completion) {
    ChatDeltas choice = deltas.get(index);
    String rest = chunks(index, choice.finish(), choice);
    String reason = reason(completion.finishReason(), choice.calls() > 0);
    return rest + chunk(index, new JsonObject(), choice.takeLogProbabilities(), reason);
  }

  @Override
  public String finish(List<Completion> completions) {
    if (!usage) {
      return Events.DONE;
    }
    JsonObject last = envelope("chat.completion.chunk", new JsonArray());
    last.add("usage", Usage.of(completions, conversation));
    return Events.of(last) + Events.DONE;
  }

  @Override
  public String lateError(ApiException error) {
    return Events.of(OpenAiErrors.of(error));
  }

  private JsonObject logProbabilities(List<TokenLogProbability> tokens) {
    if (!logProbabilities) {
      return null;
    }
    JsonObject all = new JsonObject();
    all.add("content", TokenLogs.of(tokens));
    all.add("refusal", JsonNull.INSTANCE);
    return all;
  }

  static String reason(FinishReason reason) {
    return reason == FinishReason.STOP ? "stop" : "length";
  }

  /** An answer that may have one call only is interrupted behind it. */
  private static String reason(FinishReason reason, boolean calls) {
    boolean called = calls && reason != FinishReason.LENGTH;
    return called ? "tool_calls" : reason(reason);
  }
}
