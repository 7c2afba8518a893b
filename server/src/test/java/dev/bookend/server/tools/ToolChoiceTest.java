package dev.bookend.server.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tools a model is told of, and which it must call. Quotes are written as apostrophes. */
class ToolChoiceTest {
  private static ToolChoice read(String choice) {
    Parameters parameters =
        Parameters.parse(
            """
            {'tool_choice': %s, 'tools': [
              {'type': 'function', 'function': {'name': 'f0'}},
              {'type': 'function', 'function': {'name': 'f1'}},
              {'type': 'function', 'function': {'name': 'f2'}}]}"""
                .formatted(choice)
                .replace('\'', '"'));
    return ToolChoice.read(parameters, ToolList.read(parameters));
  }

  private static List<String> shown(ToolChoice choice) {
    return choice.shown().stream().map(ToolChoice::name).toList();
  }

  private static boolean mayCall(ToolChoice choice, String name) {
    String call = "{\"name\":\"" + name + "\",\"arguments\":{}}";
    return choice.call().orElseThrow().grammar().accepts(call);
  }

  @Test
  void theModelIsToldOfAllToolsUnlessItMayCallNone() {
    assertEquals(List.of("f0", "f1", "f2"), shown(read("'auto'")));
    assertEquals(List.of("f0", "f1", "f2"), shown(read("'required'")));
    assertEquals(List.of(), shown(read("'none'")));
  }

  /** One shape is that of chat completions, the other that of responses. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type': 'allowed_tools', 'allowed_tools': {'mode': '%s', 'tools': ["
            + "{'type': 'function', 'function': {'name': 'f2'}},"
            + "{'type': 'function', 'function': {'name': 'f0'}}]}}",
        "{'type': 'allowed_tools', 'mode': '%s', 'tools': ["
            + "{'type': 'function', 'name': 'f2'}, {'type': 'function', 'name': 'f0'}]}"
      })
  void onlyAllowedToolsAreShownAndCalled(String choice) {
    ToolChoice auto = read(choice.formatted("auto"));
    assertEquals(List.of("f0", "f2"), shown(auto));
    assertTrue(auto.call().isEmpty());
    ToolChoice required = read(choice.formatted("required"));
    assertEquals(List.of("f0", "f2"), shown(required));
    assertEquals(
        List.of(true, false, true),
        List.of(mayCall(required, "f0"), mayCall(required, "f1"), mayCall(required, "f2")));
    assertThrows(ApiException.class, () -> read(choice.formatted("none")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'sometimes'",
        "3",
        "{'type': 'function', 'function': {'name': 'f3'}}",
        "{'type': 'function', 'name': 'f1', 'more': 1}",
        "{'type': 'web_search'}",
        "{'type': 'allowed_tools', 'mode': 'required', 'tools': []}",
        "{'type': 'allowed_tools', 'tools': [{'type': 'function', 'name': 'f1'}]}",
        "{'type': 'allowed_tools', 'mode': 'auto', 'tools': [{'type': 'function', 'name': 'f3'}]}",
        "{'type': 'allowed_tools', 'mode': 'auto', 'tools': [{'type': 'mcp', 'name': 'f1'}]}",
        "{'type': 'allowed_tools', 'mode': 'auto', 'more': 1, 'tools': []}"
      })
  void whatMakesNoSenseIsRefusedByName(String choice) {
    ApiException error = assertThrows(ApiException.class, () -> read(choice));
    assertTrue(error.getMessage().contains("tool_choice"), error.getMessage());
  }
}
