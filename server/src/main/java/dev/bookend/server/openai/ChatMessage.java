package dev.bookend.server.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.bookend.server.tools.ParsedAnswer;

/** An assistant's message. */
final class ChatMessage {
  private ChatMessage() {}

  static JsonObject of(ParsedAnswer answer) {
    JsonObject message = new JsonObject();
    message.addProperty("role", "assistant");
    boolean onlyCalls = answer.text().isEmpty() && !answer.calls().isEmpty();
    message.addProperty("content", onlyCalls ? null : answer.text());
    if (!answer.reasoning().isEmpty()) {
      message.addProperty("reasoning_content", answer.reasoning());
    }
    message.add("refusal", JsonNull.INSTANCE);
    if (!answer.calls().isEmpty()) {
      JsonArray calls = new JsonArray();
      for (ParsedAnswer.Call call : answer.calls()) {
        calls.add(call(call.id(), call.name(), call.arguments()));
      }
      message.add("tool_calls", calls);
    }
    return message;
  }

  static JsonObject call(String id, String name, String arguments) {
    JsonObject function = new JsonObject();
    function.addProperty("name", name);
    function.addProperty("arguments", arguments);
    JsonObject call = new JsonObject();
    call.addProperty("id", id);
    call.addProperty("type", "function");
    call.add("function", function);
    return call;
  }
}
