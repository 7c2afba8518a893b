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
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compared with jinja2's output, made by src/test/oracle/chat_templates.py. */
class ChatTemplateTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-07T09:05:02Z"), ZoneOffset.UTC);
  private static final List<Message> HELLO = List.of(new Message(Role.USER, "secret words"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "chatml.jinja",
        "constructs.jinja",
        "header-dated.jinja",
        "inst.jinja",
        "pipes.jinja",
        "thinking.jinja",
        "turns.jinja"
      })
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
  void modelWithoutTemplateHasNone() {
    assertEquals(Optional.empty(), ChatTemplate.of(source(Optional.empty())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for m in messages %}{% else %}none{% endfor %}",
        "{% for m in messages recursive %}x{% endfor %}",
        "{% for m in messages %}{{ loop.previtem }}{% endfor %}",
        "{% raw %}{{ not x }}{% endraw %}",
        "{{ 'a'.encode('utf-8') }}",
        "{{ messages | nosuchfilter }}",
        "{{ messages is nosuchtest }}",
        "{{ messages | tojson }}",
        "{{ nosuchfunction(1) }}",
        "{% nosuchtag %}",
        "{% for m in messages %}",
        "{{ 1 +",
        "{%",
        "{{ messages[0].content.format(1) }}"
      })
  void refusesWhatItCannotRender(String template) {
    BookendException e =
        assertThrows(BookendException.class, () -> template(template).render(HELLO));
    assertEquals(ErrorCode.TEMPLATE_UNSUPPORTED, e.code());
    assertFalse(e.getMessage().contains("secret"), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.getClass().forName('java.lang.Runtime') }}",
        "{{ messages.getClass() }}",
        "{{ messages[0].role.getBytes() }}",
        "{{ messages[0].put('role', 'x') }}",
        "{{ messages.clear() }}",
        "{{ ____int3rpr3t3r____.render('x') }}",
        "{% include 'dev/bookend/model/template/chat-templates.json' %}",
        "{% import 'dev/bookend/model/template/chat-templates.json' as x %}",
        "{% extends 'dev/bookend/model/template/chat-templates.json' %}",
        "{{ '{{ 1 }}' | render }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set ns = namespace(x='xxxxxxxx') %}"
            + "{% for a in range(10) %}{% set ns.x = ns.x + ns.x %}{% endfor %}"
            + "{% for a in range(1000) %}{{ ns.x }}{% endfor %}",
        "{% set ns = namespace(x='xxxxxxxx') %}"
            + "{% for a in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1, 2]) %}"
            + "{% for a in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{{ 'x' * 2000000000 }}",
        "{{ '0' | center(2000000000) }}",
      })
  void hostileTemplateGetsNowhere(String template) {
    assertThrows(BookendException.class, () -> template(template).render(HELLO));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{{ ''.class }}", "{{ messages.class }}", "{{ ____int3rpr3t3r____.config }}"})
  void javaPropertiesAreUndefined(String template) {
    assertEquals("", template(template).render(HELLO));
  }

  @Test
  void absurdNestingIsRefused() {
    String deep = "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}";
    assertThrows(BookendException.class, () -> template(deep));
  }

  private static ChatTemplate template(String text) {
    return ChatTemplate.of(source(Optional.of(text)), CLOCK).orElseThrow();
  }

  private static TokenizerSource source(Optional<String> template) {
    return new TokenizerSource("", template, Optional.of("<s>"), Optional.of("</s>"));
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
