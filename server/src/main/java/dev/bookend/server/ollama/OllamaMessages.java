package dev.bookend.server.ollama;

import com.google.gson.JsonPrimitive;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.JavaValues;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.tools.PastCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the messages of a chat. */
final class OllamaMessages {
  private OllamaMessages() {}

  static List<Message> read(Parameters request) {
    return request.objects("messages").stream().map(OllamaMessages::message).toList();
  }

  private static Message message(Parameters message) {
    Role role =
        switch (message.requiredText("role")) {
          case "system" -> Role.SYSTEM;
          case "user" -> Role.USER;
          case "assistant" -> Role.ASSISTANT;
          case "tool" -> Role.TOOL;
          default ->
              throw ApiException.parameter(
                  message.name("role"), "must be system, user, assistant or tool");
        };
    Map<String, Object> fields = new LinkedHashMap<>();
    message.text("tool_name").ifPresent(name -> fields.put("name", name));
    message.text("tool_call_id").ifPresent(id -> fields.put("tool_call_id", id));
    message.text("thinking").ifPresent(text -> fields.put("reasoning_content", text));
    List<Object> calls = calls(message);
    if (!calls.isEmpty()) {
      fields.put("tool_calls", calls);
    }
    refuseImages(message);
    String content = message.text("content").orElse("");
    message.requireKnown();
    return new Message(role, content, fields);
  }

  static void refuseImages(Parameters parameters) {
    if (parameters.list("images").map(images -> !images.isEmpty()).orElse(false)) {
      throw ApiException.unsupported(parameters.name("images"), "this server takes text only");
    }
  }

  private static List<Object> calls(Parameters message) {
    List<Object> calls = new ArrayList<>();
    for (Parameters call : message.objects("tool_calls")) {
      Parameters function = call.object("function").orElseThrow(() -> call.missing("function"));
      Map<String, Object> arguments =
          function.object("arguments").map(one -> JavaValues.map(one.json())).orElse(Map.of());
      calls.add(PastCall.of(call.text("id"), function.requiredText("name"), arguments));
      call.only("type", new JsonPrimitive("function"));
      call.requireKnown();
      function.withoutEffect("index", "description");
      function.requireKnown();
    }
    return calls;
  }
}
