package dev.bookend.server.openai;

import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.JavaValues;
import dev.bookend.server.http.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the tools of a chat completion. */
final class Tools {
  private Tools() {}

  /** In the form in which chat templates take them. */
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
    return tools;
  }
}
