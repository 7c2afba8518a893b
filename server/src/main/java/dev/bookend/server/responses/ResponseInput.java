package dev.bookend.server.responses;

import com.google.gson.JsonElement;
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
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads a request's input and instructions as messages. What an assistant says in one turn comes as
 * several items: its reasoning, its text and its calls.
 */
final class ResponseInput {
  private static final Set<String> TEXTS = Set.of("input_text", "output_text", "text");
  private static final Set<String> REASONING = Set.of("reasoning_text");

  private final List<Message> messages = new ArrayList<>();
  private String reasoning = "";

  private ResponseInput() {}

  static List<Message> read(Parameters parameters) {
    ResponseInput input = new ResponseInput();
    JsonElement given = parameters.element("input").orElseThrow(() -> parameters.missing("input"));
    if (given.isJsonArray()) {
      parameters.objects("input").forEach(input::item);
    } else {
      input.messages.add(new Message(Role.USER, parameters.requiredText("input")));
    }
    if (input.messages.isEmpty()) {
      throw parameters.missing("input");
    }
    parameters.text("instructions").ifPresent(input::instruct);
    return input.messages;
  }

  /** Many templates take one system message only, so that the two are one. */
  private void instruct(String instructions) {
    Message first = messages.get(0);
    if (first.role() == Role.SYSTEM) {
      messages.set(0, new Message(Role.SYSTEM, instructions + "\n\n" + first.content()));
    } else {
      messages.add(0, new Message(Role.SYSTEM, instructions));
    }
  }

  private void item(Parameters item) {
    item.withoutEffect("id", "status");
    switch (item.text("type").orElse("message")) {
      case "message" -> message(item);
      case "function_call" -> call(item);
      case "function_call_output" -> output(item);
      case "reasoning" -> reasoning(item);
      default ->
          throw ApiException.unsupported(
              item.name("type"), "this server knows messages, reasoning and calls of functions");
    }
    item.requireKnown();
  }

  private void message(Parameters item) {
    Role role =
        switch (item.requiredText("role")) {
          case "system", "developer" -> Role.SYSTEM;
          case "user" -> Role.USER;
          case "assistant" -> Role.ASSISTANT;
          default ->
              throw ApiException.parameter(
                  item.name("role"), "must be system, developer, user or assistant");
        };
    item.withoutEffect("phase");
    String text = text(item, "content");
    messages.add(role == Role.ASSISTANT ? assistant(text) : new Message(role, text));
  }

  private Message assistant(String text) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (!reasoning.isEmpty()) {
      fields.put("reasoning_content", reasoning);
      reasoning = "";
    }
    return new Message(Role.ASSISTANT, text, fields);
  }

  private void call(Parameters item) {
    String name = item.requiredText("name");
    Map<String, Object> arguments = PastCall.arguments(item, item.requiredText("arguments"));
    Map<String, Object> call =
        PastCall.of(Optional.of(item.requiredText("call_id")), name, arguments);
    Message last = messages.isEmpty() ? null : messages.get(messages.size() - 1);
    if (last == null || last.role() != Role.ASSISTANT) {
      last = assistant("");
      messages.add(last);
    }
    List<Object> calls = new ArrayList<>();
    if (last.fields().get("tool_calls") instanceof List<?> others) {
      calls.addAll(others);
    }
    calls.add(call);
    Map<String, Object> fields = new LinkedHashMap<>(last.fields());
    fields.put("tool_calls", calls);
    messages.set(messages.size() - 1, new Message(Role.ASSISTANT, last.content(), fields));
  }

  private void output(Parameters item) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("tool_call_id", item.requiredText("call_id"));
    messages.add(new Message(Role.TOOL, text(item, "output"), fields));
  }

  private void reasoning(Parameters item) {
    item.withoutEffect("summary", "encrypted_content");
    reasoning =
        item.objects("content").stream()
            .map(part -> partText(part, REASONING))
            .collect(Collectors.joining());
  }

  /** A text, or a list of parts that are all texts. */
  private static String text(Parameters item, String name) {
    JsonElement content = item.element(name).orElseThrow(() -> item.missing(name));
    if (!content.isJsonArray()) {
      return item.requiredText(name);
    }
    return item.objects(name).stream()
        .map(part -> partText(part, TEXTS))
        .collect(Collectors.joining());
  }

  private static String partText(Parameters part, Set<String> types) {
    if (!types.contains(part.requiredText("type"))) {
      throw ApiException.unsupported(part.name("type"), "this server takes text only");
    }
    String text = part.requiredText("text");
    part.withoutEffect("annotations", "logprobs");
    part.requireKnown();
    return text;
  }
}
