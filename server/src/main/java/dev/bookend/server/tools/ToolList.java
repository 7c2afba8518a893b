package dev.bookend.server.tools;

import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.JavaValues;
import dev.bookend.server.http.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the tools that a request offers to the model. */
public final class ToolList {
  private ToolList() {}

  /**
   * The parameter {@code tools}, in the form in which chat templates take it.
   *
   * @throws ApiException if one of them is no function with a name
   */
  public static List<Map<String, Object>> read(Parameters parameters) {
    List<Map<String, Object>> tools = new ArrayList<>();
    for (Parameters tool : parameters.objects("tools")) {
      if (!tool.text("type").orElse("function").equals("function")) {
        throw ApiException.unsupported(tool.name("type"), "this server knows functions only");
      }
      Parameters function = tool.object("function").orElseThrow(() -> tool.missing("function"));
      function.requiredText("name");
      tools.add(JavaValues.map(tool.json()));
    }
    return tools;
  }
}
