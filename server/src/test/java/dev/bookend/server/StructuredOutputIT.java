package dev.bookend.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.http.HttpResponse;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that must be JSON, by the ways in which clients ask for them. */
class StructuredOutputIT {
  private static final String SCHEMA =
      """
      {"type": "object", "properties": {"city": {"type": "string", "maxLength": 12},
       "population": {"type": "integer", "minimum": 0, "maximum": 99},
       "kind": {"enum": ["capital", "village"]}},
       "required": ["city", "population", "kind"], "additionalProperties": false}
      """;

  private static ServedSample served;

  @BeforeAll
  static void open() {
    served = new ServedSample();
  }

  @AfterAll
  static void close() {
    served.close();
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  private static JsonObject post(String path, String body) {
    HttpResponse<String> response = served.post(path, body);
    assertEquals(200, response.statusCode(), response.body());
    return json(response.body());
  }

  private static void assertFits(String text) {
    JsonObject value = json(text);
    assertEquals(Set.of("city", "population", "kind"), value.keySet());
    assertTrue(value.get("population").getAsInt() <= 99, text);
    assertTrue(Set.of("capital", "village").contains(value.get("kind").getAsString()), text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1.5"})
  void aChatCompletionFitsItsSchema(String temperature) {
    JsonObject response =
        post(
            "/v1/chat/completions",
            """
            {"model": "sample", "temperature": %s, "seed": 3, "max_tokens": 200,
             "messages": [{"role": "user", "content": "Tell me of Paris."}],
             "response_format": {"type": "json_schema",
               "json_schema": {"name": "city", "strict": true, "schema": %s}}}
            """
                .formatted(temperature, SCHEMA));
    JsonObject choice = response.getAsJsonArray("choices").get(0).getAsJsonObject();
    assertEquals("stop", choice.get("finish_reason").getAsString());
    assertFits(choice.getAsJsonObject("message").get("content").getAsString());
  }

  @Test
  void aResponseFitsItsSchema() {
    JsonObject response =
        post(
            "/v1/responses",
            """
            {"model": "sample", "input": "Tell me of Paris.", "max_output_tokens": 200,
             "text": {"format": {"type": "json_schema", "name": "city", "schema": %s}}}
            """
                .formatted(SCHEMA));
    assertFits(
        response
            .getAsJsonArray("output")
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("content")
            .get(0)
            .getAsJsonObject()
            .get("text")
            .getAsString());
  }

  @Test
  void ollamasFormatIsHeld() {
    JsonObject response =
        post(
            "/api/generate",
            """
            {"model": "sample", "prompt": "Tell me of Paris.", "stream": false, "format": %s,
             "options": {"num_predict": 200}}
            """
                .formatted(SCHEMA));
    assertFits(response.get("response").getAsString());
  }

  @Test
  void aSchemaThatCannotBeHeldIsRefusedWithItsPlace() {
    HttpResponse<String> response =
        served.post(
            "/v1/chat/completions",
            """
            {"model": "sample", "messages": [{"role": "user", "content": "x"}],
             "response_format": {"type": "json_schema", "json_schema": {"name": "a",
               "schema": {"type": "object", "properties": {"a": {"not": {}}}}}}}
            """);
    assertEquals(400, response.statusCode(), response.body());
    JsonObject error = json(response.body()).getAsJsonObject("error");
    assertEquals("response_format.json_schema.schema", error.get("param").getAsString());
    assertTrue(error.get("message").getAsString().contains("#/properties/a"), response.body());
  }
}
