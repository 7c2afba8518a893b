package dev.bookend.server.openai;

import com.google.gson.JsonElement;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.JavaValues;
import dev.bookend.server.http.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the tools of a chat completion. */
public final class Tools {
  private Tools() {}

  /** Those that the model is to know of, in the form in which chat templates take them. */
  static List<Map<String, Object>> read(Parameters parameters) {
    List<Map<String, Object>> tools = new ArrayList<>();
    for (Parameters tool : parameters.objects("tools")) {
      if (!tool.requiredText("type").equals("function")) {
        throw ApiException.unsupported(tool.name("type"), "this server knows functions only");
      }
      Parameters function = tool.object("function").orElseThrow(() -> tool.missing("function"));
      function.requiredText("name");
      tools.add(JavaValues.map(tool.json()));
    }
    return mayBeCalled(parameters) ? tools : List.of();
  }

  /** What the model has to call is not for this server to say yet, only that it may or may not. */
  public static boolean mayBeCalled(Parameters parameters) {
    Optional<JsonElement> choice = parameters.element("tool_choice");
    if (choice.isEmpty()) {
      return true;
    }
    String text = choice.get().isJsonPrimitive() ? choice.get().getAsString() : "";
    if (text.equals("none") || text.equals("auto")) {
      return text.equals("auto");
    }
    throw ApiException.unsupported(
        parameters.name("tool_choice"), "this server knows \"auto\" and \"none\" only");
  }
}
