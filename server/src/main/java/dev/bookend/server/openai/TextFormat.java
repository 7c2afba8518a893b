package dev.bookend.server.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.bookend.Completion;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.TokenLogProbability;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.server.answer.AnswerFormat;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Events;
import dev.bookend.server.http.Ids;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** Completions of plain text as OpenAI's API writes them. */
final class TextFormat implements AnswerFormat {
  private final String id = Ids.next("cmpl-");
  private final long created = Instant.now().getEpochSecond();
  private final String model;
  private final int perPrompt;
  private final boolean logProbabilities;
  private final boolean usage;
  private final List<TextOffsets> offsets; // of each completion's tokens

  TextFormat(TextRequest request) {
    this.model = request.model();
    this.perPrompt = request.sampling().count();
    this.logProbabilities = request.topLogProbabilities().isPresent();
    this.usage = request.stream().includesUsage();
    this.offsets = Stream.generate(TextOffsets::new).limit(request.count()).toList();
  }

  private JsonObject envelope(JsonArray choices) {
    JsonObject all = new JsonObject();
    all.addProperty("id", id);
    all.addProperty("object", "text_completion");
    all.addProperty("created", created);
    all.addProperty("model", model);
    all.add("choices", choices);
    return all;
  }

  private JsonObject choice(
      int index, String text, List<TokenLogProbability> tokens, FinishReason reason) {
    JsonObject choice = new JsonObject();
    choice.addProperty("index", index);
    choice.addProperty("text", text);
    choice.add("logprobs", logProbabilities ? described(index, tokens) : JsonNull.INSTANCE);
    choice.addProperty("finish_reason", reason == null ? null : ChatFormat.reason(reason));
    return choice;
  }

  @Override
  public String whole(List<Completion> completions) {
    JsonArray choices = new JsonArray();
    for (Completion completion : completions) {
      choices.add(
          choice(
              choices.size(),
              completion.text(),
              completion.logProbabilities(),
              completion.finishReason()));
    }
    JsonObject all = envelope(choices);
    all.add("usage", Usage.of(completions, perPrompt));
    return Events.json(all);
  }

  private String chunk(JsonObject choice) {
    JsonArray choices = new JsonArray();
    choices.add(choice);
    JsonObject chunk = envelope(choices);
    if (usage) {
      chunk.add("usage", JsonNull.INSTANCE);
    }
    return Events.of(chunk);
  }

  @Override
  public String begin(int index) {
    return "";
  }

  @Override
  public String piece(int index, Piece piece) {
    return chunk(choice(index, piece.text(), piece.logProbabilities(), null));
  }

  @Override
  public String end(int index, Completion completion) {
    return chunk(choice(index, "", List.of(), completion.finishReason()));
  }

  @Override
  public String finish(List<Completion> completions) {
    if (!usage) {
      return Events.DONE;
    }
    JsonObject last = envelope(new JsonArray());
    last.add("usage", Usage.of(completions, perPrompt));
    return Events.of(last) + Events.DONE;
  }

  @Override
  public String lateError(ApiException error) {
    return Events.of(OpenAiErrors.of(error));
  }

  private JsonObject described(int index, List<TokenLogProbability> tokens) {
    JsonArray texts = new JsonArray();
    JsonArray logs = new JsonArray();
    JsonArray tops = new JsonArray();
    JsonArray starts = new JsonArray();
    for (TokenLogProbability token : tokens) {
      texts.add(token.name());
      logs.add(number(token.logProbability()));
      tops.add(Double.isNaN(token.logProbability()) ? JsonNull.INSTANCE : top(token));
      starts.add(offsets.get(index).next(token));
    }
    JsonObject all = new JsonObject();
    all.add("tokens", texts);
    all.add("token_logprobs", logs);
    all.add("top_logprobs", tops);
    all.add("text_offset", starts);
    return all;
  }

  private static JsonObject top(TokenLogProbability token) {
    JsonObject top = new JsonObject();
    // Of tokens with the same name the most probable comes first, and stays.
    for (TokenLogProbability other : token.top()) {
      if (!top.has(other.name())) {
        top.add(other.name(), number(other.logProbability()));
      }
    }
    return top;
  }

  private static JsonElement number(double logProbability) {
    return Double.isFinite(logProbability) ? new JsonPrimitive(logProbability) : JsonNull.INSTANCE;
  }
}
