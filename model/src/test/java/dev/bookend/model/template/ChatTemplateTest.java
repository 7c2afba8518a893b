package dev.bookend.model.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.model.tokenizer.TokenizerSource.TemplateSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compared with jinja2's output, made by src/test/oracle/chat_templates.py. */
class ChatTemplateTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-07T09:05:02Z"), ZoneOffset.UTC);
  private static final List<Message> HELLO = List.of(new Message(Role.USER, "secret words"));

  static Set<String> published() throws IOException {
    return JsonParser.parseString(resource("chat-templates.json")).getAsJsonObject().keySet();
  }

  @ParameterizedTest
  @MethodSource("published")
  void rendersAsJinja2Does(String file) throws IOException {
    ChatTemplate template = template(resource("templates/" + file));
    JsonObject fixture = JsonParser.parseString(resource("chat-templates.json")).getAsJsonObject();
    for (JsonElement element : fixture.getAsJsonArray(file)) {
      JsonObject expected = element.getAsJsonObject();
      List<Message> messages = messages(expected);
      if (expected.has("raised")) {
        BookendException e = assertThrows(BookendException.class, () -> template.render(messages));
        assertEquals(ErrorCode.TEMPLATE_REFUSED, e.code());
        assertTrue(e.getMessage().endsWith(": " + expected.get("raised").getAsString()));
      } else {
        assertEquals(expected.get("text").getAsString(), template.render(messages));
      }
    }
  }

  @Test
  void toolsTheirCallsAndFurtherVariablesReachTheTemplate() {
    ChatTemplate template =
        template(
            "{{ tools | tojson if tools else 'none' }}|{{ enable_thinking }}|{% for m in messages %}"
                + "{{ m.role }}:{{ m.content }}{% for c in m.tool_calls %}{{ c.function.name }}"
                + "{{ c.function.arguments.city }}{% endfor %};{% endfor %}");
    List<Message> messages =
        List.of(
            new Message(
                Role.ASSISTANT,
                "",
                Map.of(
                    "tool_calls",
                    List.of(
                        Map.of(
                            "function",
                            Map.of("name", "weather", "arguments", Map.of("city", "Rome")))))),
            new Message(Role.TOOL, "sunny"));
    Map<String, Object> tool = Map.of("type", "function");
    assertEquals(
        "[{\"type\": \"function\"}]|False|assistant:weatherRome;tool:sunny;",
        template.render(messages, List.of(tool), Map.of("enable_thinking", false)));
    assertEquals("none||user:secret words;", template.render(HELLO));
  }

  @ParameterizedTest
  @ValueSource(strings = {"messages", "tools", "documents", "add_generation_prompt"})
  void whatEveryTemplateHasCannotBeReplaced(String name) {
    ChatTemplate template = template("{{ messages[0].content }}");
    BookendException refusal =
        assertThrows(
            BookendException.class, () -> template.render(HELLO, List.of(), Map.of(name, "x")));
    assertEquals(ErrorCode.TEMPLATE_REFUSED, refusal.code());
    assertTrue(refusal.getMessage().contains("'" + name + "'"), refusal.getMessage());
  }

  @Test
  void aTemplateOfItsOwnRendersConversationsWithTools() {
    TokenizerSource source =
        new TokenizerSource(
            "",
            Optional.of(new TemplateSource("t", "plain")),
            Optional.of(new TemplateSource("t", "{{ tools | length if tools else 'no' }} tools")),
            Map.of());
    ChatTemplate template = ChatTemplate.of(source, CLOCK).orElseThrow();
    List<Map<String, Object>> tools = List.of(Map.of("type", "function"));
    assertEquals("plain", template.render(HELLO));
    assertEquals("1 tools", template.render(HELLO, tools, Map.of()));
    assertTrue(template.showsTools(HELLO, Map.of(), "1 tools"));
    assertEquals("plain", template.text(false));
  }

  @Test
  void aTemplateThatKnowsNothingOfToolsIsFoundOut() {
    ChatTemplate template = template("{{ messages[0].content }}");
    List<Map<String, Object>> tools = List.of(Map.of("type", "function"));
    String text = template.render(HELLO, tools, Map.of());
    assertFalse(template.showsTools(HELLO, Map.of(), text));
  }

  @Test
  void modelWithoutTemplateHasNone() {
    assertEquals(Optional.empty(), ChatTemplate.of(source(Optional.empty())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ 'a'.encode('utf-8') }}",
        "{{ messages | nosuchfilter }}",
        "{{ messages is nosuchtest }}",
        "{{ nosuchfunction(1) }}",
        "{% nosuchtag %}",
        "{% for m in messages %}",
        "{{ 1 +",
        "{%",
        "{{ messages[0].content + 1 }}",
        "{{ messages[0].content.nosuch() }}",
        "{{ {messages[0].content: 1}[messages[0].content][0].x }}"
      })
  void refusesWhatItCannotRender(String template) {
    BookendException e =
        assertThrows(BookendException.class, () -> template(template).render(HELLO));
    assertEquals(ErrorCode.TEMPLATE_UNSUPPORTED, e.code());
    assertFalse(e.getMessage().contains("secret"), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
    assertTrue(e.getMessage().startsWith("template.jinja, line 1: "), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.getClass().forName('java.lang.Runtime') }}",
        "{{ messages.getClass() }}",
        "{{ messages[0].role.getBytes() }}",
        "{{ messages[0].put('role', 'x') }}",
        "{{ messages[0].update({'role': 'x'}) }}",
        "{{ messages.clear() }}",
        "{{ messages.append(1) }}",
        "{% include 'dev/bookend/model/template/chat-templates.json' %}",
        "{% import 'dev/bookend/model/template/chat-templates.json' as x %}",
        "{% extends 'dev/bookend/model/template/chat-templates.json' %}",
        "{{ '{{ 1 }}' | render }}",
      })
  void hostileTemplateGetsNowhere(String template) {
    assertThrows(BookendException.class, () -> template(template).render(HELLO));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{{ ''.class }}", "{{ messages.class }}", "{{ self }}"})
  void javaPropertiesAreUndefined(String template) {
    assertEquals("", template(template).render(HELLO));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{% for m in messages %}{% if m.content %}[{{ m.content }}]{% endif %}{% endfor %}>"
            + " | False | [False]>",
        "{{ 'T' if messages[0].content == 5 else 'F' }} | 5 | F",
        "{{ 'T' if messages[0].content == 5 else 'F' }} | hi | F",
        "{% if messages[0].name is not none %}N{% endif %}{% if tools is defined %}T{% endif %}"
            + "{{ messages[0].content }} | hi | NThi",
      })
  void valuesMeanWhatTheyMeanInPython(String template, String content, String expected) {
    assertEquals(expected, template(template).render(List.of(new Message(Role.USER, content))));
  }

  @Test
  void anEmptySystemMessageIsOne() {
    String template =
        "{% set s = messages[0].content if messages[0].role == 'system' else false %}"
            + "{% if s != false %}<{{ s }}>{% endif %}{{ messages[-1].content }}";
    assertEquals(
        "<>hi",
        template(template)
            .render(List.of(new Message(Role.SYSTEM, ""), new Message(Role.USER, "hi"))));
  }

  @Test
  void templatesKnowSpecialTokensByTheirNames() {
    TokenizerSource source =
        new TokenizerSource(
            "",
            Optional.of(new TemplateSource("t", "{{ bos_token }}{{ pad_token }}{{ x_token }}.")),
            Map.of("bos_token", "<s>", "pad_token", "<p>"));
    assertEquals("<s><p>.", ChatTemplate.of(source, CLOCK).orElseThrow().render(HELLO));
  }

  @Test
  void aTemplateIsNotReadBeforeItIsNeeded() {
    ChatTemplate template = template("{{ (".repeat(1_000));
    assertThrows(BookendException.class, () -> template.render(HELLO));
  }

  private static ChatTemplate template(String text) {
    return ChatTemplate.of(source(Optional.of(text)), CLOCK).orElseThrow();
  }

  private static TokenizerSource source(Optional<String> template) {
    return new TokenizerSource(
        "",
        template.map(text -> new TemplateSource("template.jinja", text)),
        Map.of("bos_token", "<s>", "eos_token", "</s>"));
  }

  private static List<Message> messages(JsonObject expected) {
    List<Message> messages = new ArrayList<>();
    for (JsonElement element : expected.getAsJsonArray("messages")) {
      JsonObject message = element.getAsJsonObject();
      String role = message.get("role").getAsString().toUpperCase(Locale.ROOT);
      messages.add(new Message(Role.valueOf(role), message.get("content").getAsString()));
    }
    return messages;
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = ChatTemplateTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
