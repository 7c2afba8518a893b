package dev.bookend.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.template.ChatTemplate;
import dev.bookend.model.template.Message;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.model.tokenizer.TokenizerSource.TemplateSource;
import dev.bookend.server.http.Parameters;
import dev.bookend.server.request.ChatMessages;
import dev.bookend.server.tools.ToolForm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A conversation in which a tool was called, through the templates of real models. */
class ToolHistoryTest {
  private static final String HISTORY =
      """
      {"messages": [
        {"role": "user", "content": "What is the weather in Rome?"},
        {"role": "assistant", "content": null, "tool_calls": [
          {"id": "abc123abc", "type": "function",
           "function": {"name": "get_weather", "arguments": "{\\"city\\": \\"Rome\\"}"}}]},
        {"role": "tool", "tool_call_id": "abc123abc", "content": "sunny"}]}
      """;

  static List<Arguments> models() {
    return List.of(
        Arguments.of(
            "qwen2.5",
            ToolForm.HERMES,
            "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>",
            "<tool_response>\nsunny\n</tool_response>"),
        Arguments.of(
            "llama3",
            ToolForm.LLAMA,
            "{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Rome\"}}<|eot_id|>",
            "<|start_header_id|>ipython<|end_header_id|>\n\n\"sunny\""));
  }

  @ParameterizedTest
  @MethodSource("models")
  void callAndAnswerAreWhatTheModelWasTrainedOn(
      String name, ToolForm form, String call, String answer) throws IOException {
    String text = template(name);
    ChatTemplate template =
        ChatTemplate.of(
                new TokenizerSource(
                    "",
                    Optional.of(new TemplateSource(name, text)),
                    Map.of("bos_token", "<s>", "eos_token", "</s>")))
            .orElseThrow();
    List<Message> messages = ChatMessages.read(Parameters.parse(HISTORY));
    List<Map<String, Object>> tools =
        List.of(Map.of("type", "function", "function", Map.of("name", "get_weather")));
    String rendered = template.render(messages, tools, Map.of());
    assertTrue(rendered.contains(call), rendered);
    assertTrue(rendered.contains(answer), rendered);
    assertEquals(Optional.of(form), ToolForm.of(text));
  }

  private static String template(String name) throws IOException {
    String path = "/dev/bookend/model/template/templates/" + name + ".jinja";
    try (InputStream in = ToolHistoryTest.class.getResourceAsStream(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
