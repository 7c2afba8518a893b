package dev.bookend.server.request;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.tools.PastCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads the messages of a conversation. */
public final class ChatMessages {
  private ChatMessages() {}

  /**
   * The parameter {@code messages} of a request.
   *
   * @throws ApiException if they are missing, or not as OpenAI's API has them
   */
  public static List<Message> read(Parameters request) {
    List<Parameters> messages = request.objects("messages");
    if (messages.isEmpty()) {
      throw request.missing("messages");
    }
    return messages.stream().map(ChatMessages::message).toList();
  }

  private static Message message(Parameters message) {
    Role role = role(message);
    Map<String, Object> fields = new LinkedHashMap<>();
    message.text("name").ifPresent(name -> fields.put("name", name));
    if (role == Role.TOOL) {
      fields.put("tool_call_id", message.requiredText("tool_call_id"));
    }
    if (role == Role.ASSISTANT) {
      message
          .text("reasoning_content")
          .ifPresent(reasoning -> fields.put("reasoning_content", reasoning));
      List<Object> calls = toolCalls(message);
      if (!calls.isEmpty()) {
        fields.put("tool_calls", calls);
      }
      message.withoutEffect("annotations", "refusal");
    }
    Optional<String> content = content(message);
    if (content.isEmpty() && role != Role.ASSISTANT) {
      throw message.missing("content");
    }
    message.requireKnown();
    return new Message(role, content.orElse(""), fields);
  }

  private static Role role(Parameters message) {
    String role = message.requiredText("role");
    return switch (role) {
      case "system", "developer" -> Role.SYSTEM;
      case "user" -> Role.USER;
      case "assistant" -> Role.ASSISTANT;
      case "tool" -> Role.TOOL;
      default ->
          throw ApiException.parameter(
              message.name("role"), "must be system, developer, user, assistant or tool");
    };
  }

  /** A text, or a list of parts that are all texts. */
  private static Optional<String> content(Parameters message) {
    Optional<JsonElement> content = message.element("content");
    if (content.isEmpty() || !content.get().isJsonArray()) {
      return message.text("content");
    }
    return Optional.of(
        message.objects("content").stream()
            .map(
                part -> {
                  String type = part.requiredText("type");
                  if (!type.equals("text")) {
                    throw ApiException.unsupported(
                        part.name("type"), "this server takes text only");
                  }
                  String text = part.requiredText("text");
                  part.withoutEffect("annotations", "cache_control");
                  part.requireKnown();
                  return text;
                })
            .collect(Collectors.joining()));
  }

  private static List<Object> toolCalls(Parameters message) {
    List<Object> calls = new ArrayList<>();
    for (Parameters call : message.objects("tool_calls")) {
      Parameters function = call.object("function").orElseThrow(() -> call.missing("function"));
      String text = function.text("arguments").orElse("{}");
      call.only("type", new JsonPrimitive("function"));
      calls.add(
          PastCall.of(
              call.text("id"),
              function.requiredText("name"),
              PastCall.arguments(function, text.isBlank() ? "{}" : text)));
      call.withoutEffect("index"); // clients that join a stream's pieces leave it in
      call.requireKnown();
      function.requireKnown();
    }
    return calls;
  }
}
