package dev.bookend.server.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.Prompt;
import dev.bookend.server.ServedSample;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tools and reasoning on the sample model, as one that calls tools. */
@ExtendWith(CallingSample.Shared.class)
class ToolsIT {
  private static final String TOOL =
      "{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"parameters\":"
          + "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}}";
  private static final String QUESTION =
      "{\"role\":\"user\",\"content\":\"What is the weather in Rome?\"}";

  private static ServedSample served;

  @BeforeAll
  static void open(ServedSample shared) {
    served = shared;
  }

  private static String body(String more) {
    return "{\"model\":\"sample\",\"temperature\":0,\"max_tokens\":60,\"messages\":["
        + QUESTION
        + "]"
        + more
        + "}";
  }

  private static String withTool(String more) {
    return body(",\"tools\":[" + TOOL + "]" + more);
  }

  private static JsonObject choice(HttpResponse<String> response) {
    assertEquals(200, response.statusCode(), response.body());
    return JsonParser.parseString(response.body())
        .getAsJsonObject()
        .getAsJsonArray("choices")
        .get(0)
        .getAsJsonObject();
  }

  private static void assertCall(JsonObject choice) {
    assertEquals("tool_calls", choice.get("finish_reason").getAsString());
    JsonObject message = choice.getAsJsonObject("message");
    assertTrue(message.get("content").isJsonNull(), message.toString());
    JsonArray calls = message.getAsJsonArray("tool_calls");
    assertEquals(1, calls.size());
    JsonObject call = calls.get(0).getAsJsonObject();
    assertTrue(call.get("id").getAsString().startsWith("call_"));
    JsonObject function = call.getAsJsonObject("function");
    assertEquals("get_weather", function.get("name").getAsString());
    assertEquals("{\"city\": \"Rome\"}", function.get("arguments").getAsString());
  }

  @Test
  void aCallIsReadFromTheModelsAnswer() {
    assertCall(choice(served.post("/v1/chat/completions", withTool(""))));
    assertCall(
        choice(served.post("/v1/chat/completions", withTool(",\"parallel_tool_calls\":false"))));
  }

  @Test
  void aStreamTellsIdAndNameOnceAndTheArgumentsInPieces() {
    List<String> events =
        ServedSample.events(
            served.post("/v1/chat/completions", withTool(",\"stream\":true,\"logprobs\":true")));
    Set<String> ids = new HashSet<>();
    StringBuilder names = new StringBuilder();
    StringBuilder arguments = new StringBuilder();
    int pieces = 0;
    int tokens = 0;
    String reason = "";
    for (String event : events.subList(0, events.size() - 1)) {
      JsonObject choice =
          JsonParser.parseString(event)
              .getAsJsonObject()
              .getAsJsonArray("choices")
              .get(0)
              .getAsJsonObject();
      JsonObject delta = choice.getAsJsonObject("delta");
      if (choice.get("logprobs").isJsonObject()) {
        tokens += choice.getAsJsonObject("logprobs").getAsJsonArray("content").size();
      }
      if (delta.has("tool_calls")) {
        JsonObject call = delta.getAsJsonArray("tool_calls").get(0).getAsJsonObject();
        assertEquals(0, call.get("index").getAsInt());
        JsonObject function = call.getAsJsonObject("function");
        if (call.has("id")) {
          ids.add(call.get("id").getAsString());
          names.append(function.get("name").getAsString());
        }
        arguments.append(function.get("arguments").getAsString());
        pieces++;
      }
      if (!choice.get("finish_reason").isJsonNull()) {
        reason = choice.get("finish_reason").getAsString();
      }
    }
    assertEquals(1, ids.size());
    assertEquals("get_weather", names.toString());
    assertEquals("{\"city\": \"Rome\"}", arguments.toString());
    assertTrue(pieces > 3, events.toString());
    assertTrue(tokens > 10, "log-probabilities of " + tokens + " tokens");
    assertEquals("tool_calls", reason);
  }

  @Test
  void aCallThatTheLimitCutsOffIsText() {
    String body = withTool("").replace("\"max_tokens\":60", "\"max_tokens\":9");
    JsonObject choice = choice(served.post("/v1/chat/completions", body));
    assertEquals("length", choice.get("finish_reason").getAsString());
    JsonObject message = choice.getAsJsonObject("message");
    assertTrue(message.get("content").getAsString().startsWith("<tool_call>"), choice.toString());
    assertFalse(message.has("tool_calls"));
  }

  @Test
  void theModelIsShownNoToolsWhereItMayCallNone() {
    JsonObject message =
        choice(served.post("/v1/chat/completions", withTool(",\"tool_choice\":\"none\"")))
            .getAsJsonObject("message");
    assertFalse(message.has("tool_calls"));
    assertEquals(
        choice(served.post("/v1/chat/completions", body(""))).getAsJsonObject("message"), message);
  }

  @Test
  void aToolsAnswerGoesBackToTheModel() {
    String history =
        ",{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_1\",\"type\":"
            + "\"function\",\"function\":{\"name\":\"get_weather\",\"arguments\":"
            + "\"{\\\"city\\\":\\\"Rome\\\"}\"}}]},"
            + "{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"sunny\"}]";
    String body = withTool("").replace(QUESTION + "]", QUESTION + history);
    choice(served.post("/v1/chat/completions", body));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"tool_choice\":\"sometimes\" | tool_choice",
        "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"get_time\"}} | tool_choice",
        "\"parallel_tool_calls\":3 | parallel_tool_calls",
      })
  void whatIsNotHonouredIsRefusedByName(String parameter, String name) {
    HttpResponse<String> response = served.post("/v1/chat/completions", withTool("," + parameter));
    assertEquals(400, response.statusCode());
    assertTrue(response.body().contains("\"param\":\"" + name + "\""), response.body());
  }

  @Test
  void marksThatAreSpecialTokensAreSeenWhereThereAreToolsAndNowhereElse() {
    try (ServedSample special = CallingSample.serve(true)) {
      int mark = special.bookend().tokens(new Prompt.Text("<tool_call>"))[0];
      String wanted = ",\"logit_bias\":{\"" + mark + "\":100}";
      String body = withTool(wanted).replace("\"max_tokens\":60", "\"max_tokens\":3");
      assertEquals(
          "<tool_call><tool_call><tool_call>",
          choice(special.post("/v1/chat/completions", body))
              .getAsJsonObject("message")
              .get("content")
              .getAsString());
      String without = body.replace("\"tools\"", "\"tool_choice\":\"none\",\"tools\"");
      assertEquals(
          "",
          choice(special.post("/v1/chat/completions", without))
              .getAsJsonObject("message")
              .get("content")
              .getAsString());
    }
  }

  @Test
  void whatTheModelThinksIsNotPartOfTheContent() {
    HttpResponse<String> response =
        served.post(
            "/v1/chat/completions", body(",\"chat_template_kwargs\":{\"enable_thinking\":true}"));
    JsonObject message = choice(response).getAsJsonObject("message");
    assertTrue(message.get("reasoning_content").getAsString().length() > 3, message.toString());
    assertEquals("", message.get("content").getAsString());
    JsonObject usage =
        JsonParser.parseString(response.body()).getAsJsonObject().getAsJsonObject("usage");
    assertEquals(
        usage.get("completion_tokens"),
        usage.getAsJsonObject("completion_tokens_details").get("reasoning_tokens"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"required\"", "{\"type\":\"function\",\"function\":{\"name\":\"get_weather\"}}"})
  void aCallThatMustComeComes(String choice) {
    // Drawn at random: without the grammar this would be anything.
    String body =
        withTool(",\"seed\":4,\"tool_choice\":" + choice)
            .replace("\"temperature\":0", "\"temperature\":1.5")
            .replace("{\"type\":\"string\"}", "{\"type\":\"string\",\"maxLength\":8}");
    JsonObject answer = choice(served.post("/v1/chat/completions", body));
    assertEquals("tool_calls", answer.get("finish_reason").getAsString());
    JsonObject function =
        answer
            .getAsJsonObject("message")
            .getAsJsonArray("tool_calls")
            .get(0)
            .getAsJsonObject()
            .getAsJsonObject("function");
    assertEquals("get_weather", function.get("name").getAsString());
    assertTrue(
        JsonParser.parseString(function.get("arguments").getAsString()).isJsonObject(), body);
  }

  /** Frameworks send the schema of their last answer with every request of a conversation. */
  @Test
  void besideAFormatAnAnswerIsACallOrFitsTheFormat() {
    String format =
        ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\","
            + "\"schema\":{\"type\":\"boolean\"}}}";
    assertCall(choice(served.post("/v1/chat/completions", withTool(format))));
    HttpResponse<String> tokens =
        served.post("/tokenize", "{\"prompt\":\"true\",\"add_special_tokens\":false}");
    String id =
        JsonParser.parseString(tokens.body()).getAsJsonObject().getAsJsonArray("tokens").toString();
    String biased = format + ",\"logit_bias\":{\"" + id.replaceAll("[\\[\\]]", "") + "\":100}";
    JsonObject answer = choice(served.post("/v1/chat/completions", withTool(biased)));
    assertEquals("true", answer.getAsJsonObject("message").get("content").getAsString().strip());
    assertEquals("stop", answer.get("finish_reason").getAsString());
  }

  @Test
  void aToolThatIsNotThereCannotBeChosen() {
    String body =
        withTool(",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"other\"}}");
    HttpResponse<String> response = served.post("/v1/chat/completions", body);
    assertEquals(400, response.statusCode(), response.body());
    assertTrue(response.body().contains("tool_choice"), response.body());
  }
}
