package dev.bookend.model.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Compared with jinja2's output, made by src/test/oracle/template_constructs.py. */
class TemplateConstructsTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-07T09:05:02Z"), ZoneOffset.UTC);

  @Test
  void everyConstructGivesWhatJinja2Gives() throws IOException {
    List<JsonObject> lines = lines();
    Map<String, Object> values = values(lines.get(0).getAsJsonObject("values"));
    StringBuilder wrong = new StringBuilder();
    for (JsonObject line : lines.subList(1, lines.size())) {
      String template = line.get("template").getAsString();
      String expected = expected(line);
      String actual = rendered(template, values);
      if (!actual.equals(expected)) {
        wrong.append(template).append("\n  ").append(expected).append("\n  ").append(actual);
        wrong.append('\n');
      }
    }
    assertEquals("", wrong.toString());
    assertTrue(lines.size() > 900);
  }

  @Test
  void nothingDependsOnTheLocaleOfTheMachine() throws IOException {
    Locale before = Locale.getDefault();
    try {
      for (String tag : List.of("tr-TR", "ar-EG-u-nu-arab", "de-DE")) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        everyConstructGivesWhatJinja2Gives();
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  private static String expected(JsonObject line) {
    if (line.has("text")) {
      return "text: " + line.get("text").getAsString();
    }
    return line.has("raised") ? "raised: " + line.get("raised").getAsString() : "refused";
  }

  private static String rendered(String template, Map<String, Object> values) {
    try {
      return "text: " + Template.parse("a template", template).render(values, CLOCK);
    } catch (BookendException e) {
      assertTrue(e.getMessage().startsWith("a template, line "), e.getMessage());
      String raised = "refuses this conversation: ";
      return e.code() == ErrorCode.TEMPLATE_REFUSED
          ? "raised: " + e.getMessage().substring(e.getMessage().indexOf(raised) + raised.length())
          : "refused";
    }
  }

  private static List<JsonObject> lines() throws IOException {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                TemplateConstructsTest.class.getResourceAsStream("constructs.jsonl"),
                StandardCharsets.UTF_8))) {
      return in.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    }
  }

  private static Map<String, Object> values(JsonObject object) {
    Map<String, Object> values = new LinkedHashMap<>();
    object.entrySet().forEach(entry -> values.put(entry.getKey(), value(entry.getValue())));
    return values;
  }

  private static Object value(JsonElement json) {
    if (json.isJsonNull()) {
      return null;
    } else if (json.isJsonObject()) {
      return values(json.getAsJsonObject());
    } else if (json.isJsonArray()) {
      List<Object> items = new java.util.ArrayList<>();
      json.getAsJsonArray().forEach(item -> items.add(value(item)));
      return items;
    }
    JsonPrimitive primitive = json.getAsJsonPrimitive();
    if (primitive.isBoolean()) {
      return primitive.getAsBoolean();
    } else if (primitive.isString()) {
      return primitive.getAsString();
    }
    boolean whole = primitive.getAsString().matches("-?\\d+");
    return whole ? primitive.getAsBigInteger() : (Object) primitive.getAsDouble();
  }
}
