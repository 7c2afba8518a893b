package dev.bookend.server.tools;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.tools.AnswerGrammar.Tool;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Whether a model may, must, or must not call a tool.
 *
 * @param shown whether it is told of the tools
 * @param call what its answer has to be where it must call one
 */
public record ToolChoice(boolean shown, Optional<AnswerGrammar> call) {
  // A null is a value in a schema, and an infinite number is refused where it stands.
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().serializeSpecialFloatingPointValues().create();

  /** What says in a schema of which type a value is. */
  private static final List<String> TYPED =
      List.of("type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const");

  /** The model decides. */
  public static final ToolChoice AUTO = new ToolChoice(true, Optional.empty());

  /**
   * Reads {@code tool_choice}.
   *
   * @param tools in the form in which chat templates take them
   */
  public static ToolChoice read(Parameters parameters, List<Map<String, Object>> tools) {
    Optional<JsonElement> choice = parameters.element("tool_choice");
    if (choice.isEmpty()) {
      return AUTO;
    }
    if (choice.get().isJsonObject()) {
      String name = named(parameters.object("tool_choice").orElseThrow());
      return forced(parameters, tools, tool -> name(tool).equals(name));
    }
    String text = parameters.requiredText("tool_choice");
    return switch (text) {
      case "auto" -> AUTO;
      case "none" -> new ToolChoice(false, Optional.empty());
      case "required" -> forced(parameters, tools, tool -> true);
      default ->
          throw ApiException.parameter(
              parameters.name("tool_choice"), "must be auto, none, required or a function's name");
    };
  }

  /** In one of the APIs the name stands in an object of its own, in the other beside the type. */
  private static String named(Parameters choice) {
    if (!choice.requiredText("type").equals("function")) {
      throw ApiException.unsupported(choice.name("type"), "this server knows functions only");
    }
    Parameters function = choice.object("function").orElse(choice);
    String name = function.requiredText("name");
    function.requireKnown();
    choice.requireKnown();
    return name;
  }

  private static ToolChoice forced(
      Parameters parameters,
      List<Map<String, Object>> tools,
      Predicate<Map<String, Object>> wanted) {
    List<Tool> callable = callable(tools, wanted);
    if (callable.isEmpty()) {
      throw ApiException.parameter(
          parameters.name("tool_choice"), "asks for a tool that is not among the tools");
    }
    return new ToolChoice(true, Optional.of(AnswerGrammar.ofCall(callable)));
  }

  private static List<Tool> callable(
      List<Map<String, Object>> tools, Predicate<Map<String, Object>> wanted) {
    return IntStream.range(0, tools.size())
        .filter(index -> wanted.test(tools.get(index)))
        .mapToObj(index -> tool(index, tools.get(index)))
        .toList();
  }

  /** What an answer may be that calls a tool or has a format. */
  static AnswerGrammar callOr(List<Map<String, Object>> tools, AnswerGrammar format) {
    return AnswerGrammar.ofCallOr(callable(tools, tool -> true), format);
  }

  private static Tool tool(int index, Map<String, Object> tool) {
    return new Tool(name(tool), parameters(tool), "tools[%d].function.parameters".formatted(index));
  }

  static String name(Map<String, Object> tool) {
    return tool.get("function") instanceof Map<?, ?> function
        ? String.valueOf(function.get("name"))
        : "";
  }

  private static JsonElement parameters(Map<String, Object> tool) {
    if (tool.get("function") instanceof Map<?, ?> function
        && function.get("parameters") instanceof Map<?, ?> schema) {
      return object(GSON.toJsonTree(schema).getAsJsonObject());
    }
    JsonObject none = object(new JsonObject()); // as in OpenAI's API
    none.add("properties", new JsonObject());
    none.addProperty("additionalProperties", false);
    return none;
  }

  /** Arguments are an object, also where a schema leaves that open. */
  private static JsonObject object(JsonObject schema) {
    if (TYPED.stream().noneMatch(schema::has)) {
      schema.addProperty("type", "object");
    }
    return schema;
  }
}
