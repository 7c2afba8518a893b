package dev.bookend.server.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.bookend.Completion;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.TokenLogProbability;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.server.answer.AnswerFormat;
import dev.bookend.server.http.ApiException;
import java.time.Instant;
import java.util.List;

/** Chat completions as OpenAI's API writes them. */
final class ChatFormat implements AnswerFormat {
  private final String id = Ids.next("chatcmpl-");
  private final long created = Instant.now().getEpochSecond();
  private final String model;
  private final boolean logProbabilities;
  private final boolean usage;

  ChatFormat(ChatRequest request) {
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
      JsonObject message = new JsonObject();
      message.addProperty("role", "assistant");
      message.addProperty("content", completion.text());
      message.add("refusal", JsonNull.INSTANCE);
      JsonObject choice = new JsonObject();
      choice.addProperty("index", choices.size());
      choice.add("message", message);
      choice.add("logprobs", logProbabilities(completion.logProbabilities()));
      choice.addProperty("finish_reason", reason(completion.finishReason()));
      choices.add(choice);
    }
    JsonObject all = envelope("chat.completion", choices);
    all.add("usage", Usage.of(completions, completions.size()));
    return Events.json(all);
  }

  private String chunk(int index, JsonObject delta, JsonObject logs, FinishReason reason) {
    JsonObject choice = new JsonObject();
    choice.addProperty("index", index);
    choice.add("delta", delta);
    choice.add("logprobs", logs == null ? JsonNull.INSTANCE : logs);
    choice.addProperty("finish_reason", reason == null ? null : reason(reason));
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
    JsonObject delta = new JsonObject();
    delta.addProperty("role", "assistant");
    delta.addProperty("content", "");
    return chunk(index, delta, null, null);
  }

  @Override
  public String piece(int index, Piece piece) {
    JsonObject delta = new JsonObject();
    delta.addProperty("content", piece.text());
    return chunk(index, delta, logProbabilities(piece.logProbabilities()), null);
  }

  @Override
  public String end(int index, Completion completion) {
    return chunk(index, new JsonObject(), null, completion.finishReason());
  }

  @Override
  public String finish(List<Completion> completions) {
    if (!usage) {
      return Events.DONE;
    }
    JsonObject last = envelope("chat.completion.chunk", new JsonArray());
    last.add("usage", Usage.of(completions, completions.size()));
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
    JsonArray content = new JsonArray();
    for (TokenLogProbability token : tokens) {
      JsonObject entry = described(token);
      JsonArray top = new JsonArray();
      token.top().forEach(other -> top.add(described(other)));
      entry.add("top_logprobs", top);
      content.add(entry);
    }
    JsonObject all = new JsonObject();
    all.add("content", content);
    all.add("refusal", JsonNull.INSTANCE);
    return all;
  }

  private static JsonObject described(TokenLogProbability token) {
    JsonObject entry = new JsonObject();
    entry.addProperty("token", token.text());
    entry.addProperty("logprob", token.logProbability());
    entry.add("bytes", TokenBytes.of(token.text()));
    return entry;
  }

  static String reason(FinishReason reason) {
    return reason == FinishReason.STOP ? "stop" : "length";
  }
}
