package dev.bookend.server.ollama;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.Completion;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.server.answer.AnswerFormat;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Events;
import dev.bookend.server.tools.AnswerParser;
import dev.bookend.server.tools.AnswerPart;
import dev.bookend.server.tools.AnswerShape;
import dev.bookend.server.tools.ParsedAnswer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Answers of {@code /api/chat} and {@code /api/generate}: lines of JSON, of which one is last. */
final class OllamaFormat implements AnswerFormat {
  private static final double NANOS = 1e6;

  private final String model;
  private final boolean chat;
  private final Supplier<AnswerShape> shape;
  private final long start = System.nanoTime();
  private final StringBuilder callName = new StringBuilder();
  private final StringBuilder callArguments = new StringBuilder();
  private AnswerParser parser;

  /**
   * A format.
   *
   * @param chat whether answers are messages
   * @param shape of the answers, once the first is being made
   */
  OllamaFormat(String model, boolean chat, Supplier<AnswerShape> shape) {
    this.model = model;
    this.chat = chat;
    this.shape = shape;
  }

  @Override
  public String streamType() {
    return "application/x-ndjson";
  }

  @Override
  public String heartbeat() {
    return ""; // there is no line that says nothing
  }

  private JsonObject line(String text, String thinking, JsonArray calls) {
    JsonObject line = new JsonObject();
    line.addProperty("model", model);
    line.addProperty("created_at", Instant.now().toString());
    JsonObject said = chat ? new JsonObject() : line;
    if (chat) {
      said.addProperty("role", "assistant");
    }
    said.addProperty(chat ? "content" : "response", text);
    if (!thinking.isEmpty()) {
      said.addProperty("thinking", thinking);
    }
    if (!calls.isEmpty()) {
      said.add("tool_calls", calls);
    }
    if (chat) {
      line.add("message", said);
    }
    line.addProperty("done", false);
    return line;
  }

  private static String written(JsonObject line) {
    return Events.json(line) + "\n";
  }

  private static JsonArray call(String name, String arguments) {
    JsonObject function = new JsonObject();
    function.addProperty("name", name);
    function.add("arguments", JsonParser.parseString(arguments));
    JsonObject call = new JsonObject();
    call.add("function", function);
    JsonArray calls = new JsonArray();
    calls.add(call);
    return calls;
  }

  /** The last line, and the whole where nothing is streamed. */
  private String last(JsonObject line, Completion completion) {
    Times times = completion.metrics().times();
    line.addProperty("done", true);
    line.addProperty(
        "done_reason", completion.finishReason() == FinishReason.LENGTH ? "length" : "stop");
    line.addProperty("total_duration", System.nanoTime() - start);
    line.addProperty("load_duration", 0);
    line.addProperty("prompt_eval_count", completion.promptTokens().size());
    line.addProperty("prompt_eval_duration", (long) (times.firstToken() * NANOS));
    line.addProperty("eval_count", completion.tokens().size());
    line.addProperty("eval_duration", (long) (times.decoding() * NANOS));
    return written(line);
  }

  @Override
  public String whole(List<Completion> completions) {
    Completion completion = completions.get(0);
    ParsedAnswer answer = ParsedAnswer.of(shape.get(), completion.text());
    JsonArray calls = new JsonArray();
    answer.calls().forEach(call -> calls.addAll(call(call.name(), call.arguments())));
    return last(line(answer.text(), answer.reasoning(), calls), completion);
  }

  /** Nothing was asked but whether the model is there. */
  String loaded() {
    JsonObject line = line("", "", new JsonArray());
    line.addProperty("done", true);
    line.addProperty("done_reason", "load");
    return written(line);
  }

  @Override
  public String begin(int index) {
    parser = new AnswerParser(shape.get());
    return "";
  }

  @Override
  public String piece(int index, Piece piece) {
    return lines(parser.add(piece.text()));
  }

  private String lines(List<AnswerPart> parts) {
    List<JsonObject> lines = new ArrayList<>();
    for (AnswerPart part : parts) {
      if (part instanceof AnswerPart.Text text) {
        lines.add(line(text.text(), "", new JsonArray()));
      } else if (part instanceof AnswerPart.Reasoning reasoning) {
        lines.add(line("", reasoning.text(), new JsonArray()));
      } else if (part instanceof AnswerPart.CallBegin begin) {
        callName.setLength(0);
        callName.append(begin.name());
        callArguments.setLength(0);
      } else if (part instanceof AnswerPart.CallArguments more) {
        callArguments.append(more.json());
      } else if (part instanceof AnswerPart.CallEnd) {
        lines.add(line("", "", call(callName.toString(), callArguments.toString())));
      } else if (part instanceof AnswerPart.CallBroken broken) {
        lines.add(line(broken.text(), "", new JsonArray())); // calls are told once they are whole
      }
    }
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(written(line)));
    return text.toString();
  }

  @Override
  public String end(int index, Completion completion) {
    return lines(parser.finish()) + last(line("", "", new JsonArray()), completion);
  }

  @Override
  public String finish(List<Completion> completions) {
    return "";
  }

  @Override
  public String lateError(ApiException error) {
    return written(OllamaErrors.of(error));
  }
}
