package dev.bookend.server.tools;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.tools.AnswerGrammar.Tool;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Which tools a model may call, and whether it must call one.
 *
 * @param shown the tools that it is told of, in the form in which chat templates take them
 * @param call what its answer has to be where it must call one
 */
public record ToolChoice(List<Map<String, Object>> shown, Optional<AnswerGrammar> call) {
  // A null is a value in a schema, and an infinite number is refused where it stands.
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().serializeSpecialFloatingPointValues().create();

  /** What says in a schema of which type a value is. */
  private static final List<String> TYPED =
      List.of("type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const");

  /**
   * Reads {@code tool_choice}.
   *
   * @param tools in the form in which chat templates take them
   */
  public static ToolChoice read(Parameters parameters, List<Map<String, Object>> tools) {
    String path = parameters.name("tool_choice");
    Optional<JsonElement> choice = parameters.element("tool_choice");
    if (choice.isEmpty()) {
      return auto(tools);
    }
    if (choice.get().isJsonObject()) {
      return ofObject(path, parameters.object("tool_choice").orElseThrow(), tools);
    }
    String text = parameters.requiredText("tool_choice");
    return switch (text) {
      case "auto" -> auto(tools);
      case "none" -> new ToolChoice(List.of(), Optional.empty());
      case "required" -> forced(path, tools, tool -> true);
      default ->
          throw ApiException.parameter(
              path, "must be auto, none, required or an object that names tools");
    };
  }

  private static ToolChoice auto(List<Map<String, Object>> tools) {
    return new ToolChoice(tools, Optional.empty());
  }

  private static ToolChoice ofObject(
      String path, Parameters choice, List<Map<String, Object>> tools) {
    if (choice.requiredText("type").equals("allowed_tools")) {
      return ofAllowed(path, choice, tools);
    }
    String name = named(choice);
    return forced(path, tools, tool -> name(tool).equals(name));
  }

  /** The model may call some of the tools; it is not told of the others. */
  private static ToolChoice ofAllowed(
      String path, Parameters choice, List<Map<String, Object>> tools) {
    Parameters allowed = choice.object("allowed_tools").orElse(choice);
    Set<String> names = new LinkedHashSet<>();
    for (Parameters tool : allowed.objects("tools")) {
      String name = named(tool);
      if (tools.stream().noneMatch(each -> name(each).equals(name))) {
        throw notAmongThem(path);
      }
      names.add(name);
    }
    String mode = allowed.requiredText("mode");
    allowed.requireKnown();
    choice.requireKnown();
    List<Map<String, Object>> shown =
        tools.stream().filter(tool -> names.contains(name(tool))).toList();
    return switch (mode) {
      case "auto" -> auto(shown);
      case "required" -> forced(path, shown, tool -> true);
      default -> throw ApiException.parameter(allowed.name("mode"), "must be auto or required");
    };
  }

  /** In one of the APIs the name stands in an object of its own, in the other beside the type. */
  private static String named(Parameters tool) {
    if (!tool.requiredText("type").equals("function")) {
      throw ApiException.unsupported(tool.name("type"), "this server knows functions only");
    }
    Parameters function = tool.object("function").orElse(tool);
    String name = function.requiredText("name");
    function.requireKnown();
    tool.requireKnown();
    return name;
  }

  private static ToolChoice forced(
      String path, List<Map<String, Object>> tools, Predicate<Map<String, Object>> wanted) {
    List<Tool> callable = callable(tools, wanted);
    if (callable.isEmpty()) {
      throw notAmongThem(path);
    }
    return new ToolChoice(tools, Optional.of(AnswerGrammar.ofCall(callable)));
  }

  private static ApiException notAmongThem(String path) {
    return ApiException.parameter(path, "asks for a tool that is not among the tools");
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
