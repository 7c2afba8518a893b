package dev.bookend.server.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.TokenLogProbability;
import dev.bookend.server.tools.AnswerParser;
import dev.bookend.server.tools.AnswerPart;
import dev.bookend.server.tools.AnswerShape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** One choice of a streamed chat completion, as the changes to its message. Not thread-safe. */
final class ChatDeltas {
  private final AnswerParser parser;
  private final List<TokenLogProbability> logProbabilities = new ArrayList<>();

  ChatDeltas(AnswerShape shape) {
    parser = new AnswerParser(shape);
  }

  List<JsonObject> add(Piece piece) {
    logProbabilities.addAll(piece.logProbabilities());
    return deltas(parser.add(piece.text()));
  }

  List<JsonObject> finish() {
    return deltas(parser.finish());
  }

  /** How many calls are whole. */
  int calls() {
    return parser.calls();
  }

  /** Those of the tokens since the last time. */
  List<TokenLogProbability> takeLogProbabilities() {
    List<TokenLogProbability> taken = List.copyOf(logProbabilities);
    logProbabilities.clear();
    return taken;
  }

  private static List<JsonObject> deltas(List<AnswerPart> parts) {
    return parts.stream().flatMap(ChatDeltas::delta).toList();
  }

  private static Stream<JsonObject> delta(AnswerPart part) {
    if (part instanceof AnswerPart.Text text) {
      return Stream.of(text("content", text.text()));
    } else if (part instanceof AnswerPart.Reasoning reasoning) {
      return Stream.of(text("reasoning_content", reasoning.text()));
    } else if (part instanceof AnswerPart.CallBegin begin) {
      JsonObject call = ChatMessage.call(begin.id(), begin.name(), "");
      return Stream.of(call(begin.index(), call));
    } else if (part instanceof AnswerPart.CallArguments arguments) {
      JsonObject function = new JsonObject();
      function.addProperty("arguments", arguments.json());
      JsonObject call = new JsonObject();
      call.add("function", function);
      return Stream.of(call(arguments.index(), call));
    } else if (part instanceof AnswerPart.CallBroken broken && !broken.untold().isEmpty()) {
      return Stream.of(text("content", broken.untold()));
    }
    return Stream.empty();
  }

  private static JsonObject text(String name, String text) {
    JsonObject delta = new JsonObject();
    delta.addProperty(name, text);
    return delta;
  }

  private static JsonObject call(int index, JsonObject call) {
    JsonObject indexed = new JsonObject();
    indexed.addProperty("index", index);
    call.entrySet().forEach(entry -> indexed.add(entry.getKey(), entry.getValue()));
    JsonArray calls = new JsonArray();
    calls.add(indexed);
    JsonObject delta = new JsonObject();
    delta.add("tool_calls", calls);
    return delta;
  }
}
