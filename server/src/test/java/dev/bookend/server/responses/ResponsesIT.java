package dev.bookend.server.responses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.server.ServedSample;
import dev.bookend.server.tools.CallingSample;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The responses API on the sample model, as the HTTP that it is. */
@ExtendWith(CallingSample.Shared.class)
class ResponsesIT {
  private static final String PATH = "/v1/responses";
  private static final String QUESTION = "What is the capital of France?";
  private static final String ANSWER = "The capital of France is Paris.";
  private static final String TOOLS =
      ",\"tools\":[{\"type\":\"function\",\"name\":\"get_weather\",\"strict\":true,\"parameters\":"
          + "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}]";

  private static ServedSample served;

  @BeforeAll
  static void open(ServedSample shared) {
    served = shared;
  }

  private static String body(String input, String more) {
    return "{\"model\":\"sample\",\"temperature\":0,\"input\":" + input + more + "}";
  }

  private static JsonObject json(HttpResponse<String> response) {
    assertEquals(200, response.statusCode(), response.body());
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  private static JsonObject item(JsonObject response, int index) {
    return response.getAsJsonArray("output").get(index).getAsJsonObject();
  }

  private static String text(JsonObject item) {
    JsonArray content = item.getAsJsonArray("content");
    return content.get(0).getAsJsonObject().get("text").getAsString();
  }

  @Test
  void aTextIsAnsweredWithAMessage() {
    JsonObject response = json(served.post(PATH, body("\"" + QUESTION + "\"", "")));
    assertEquals("completed", response.get("status").getAsString());
    assertEquals(ANSWER, text(item(response, 0)));
    JsonObject usage = response.getAsJsonObject("usage");
    assertEquals(
        usage.get("total_tokens").getAsInt(),
        usage.get("input_tokens").getAsInt() + usage.get("output_tokens").getAsInt());
  }

  @Test
  void itemsAreTheConversationThatTheyTell() {
    String items =
        "[{\"role\":\"user\",\"content\":\"Hi\"},{\"type\":\"message\",\"role\":\"assistant\","
            + "\"content\":[{\"type\":\"output_text\",\"text\":\"Hello.\"}]},"
            + "{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\""
            + QUESTION
            + "\"}]}]";
    JsonObject response =
        json(served.post(PATH, body(items, ",\"instructions\":\"Be brief.\",\"store\":false")));
    String chat =
        "{\"model\":\"sample\",\"temperature\":0,\"messages\":[{\"role\":\"system\",\"content\":\"Be"
            + " brief.\"},{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":"
            + "\"Hello.\"},{\"role\":\"user\",\"content\":\""
            + QUESTION
            + "\"}]}";
    JsonObject same = json(served.post("/v1/chat/completions", chat));
    assertEquals(
        same.getAsJsonObject("usage").get("prompt_tokens"),
        response.getAsJsonObject("usage").get("input_tokens"));
    assertEquals("Be brief.", response.get("instructions").getAsString());
  }

  @Test
  void aStreamTellsEachItemFromItsBeginningToItsEnd() {
    HttpResponse<String> stream =
        served.post(PATH, body("\"" + QUESTION + "\"", ",\"stream\":true"));
    List<JsonObject> events = events(stream);
    List<String> types = events.stream().map(event -> event.get("type").getAsString()).toList();
    assertEquals(
        List.of(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed"),
        types.stream().distinct().toList());
    for (int i = 0; i < events.size(); i++) {
      assertEquals(i, events.get(i).get("sequence_number").getAsInt());
    }
    assertEquals(ANSWER, deltas(events, "response.output_text.delta"));
    JsonObject whole = events.get(events.size() - 1).getAsJsonObject("response");
    assertEquals(ANSWER, text(item(whole, 0)));
    List<String> names = stream.body().lines().filter(line -> line.startsWith("event: ")).toList();
    assertEquals(types.stream().map(type -> "event: " + type).toList(), names);
  }

  private static List<JsonObject> events(HttpResponse<String> response) {
    return ServedSample.events(response).stream()
        .map(event -> JsonParser.parseString(event).getAsJsonObject())
        .toList();
  }

  private static String deltas(List<JsonObject> events, String type) {
    return events.stream()
        .filter(event -> event.get("type").getAsString().equals(type))
        .map(event -> event.get("delta").getAsString())
        .collect(Collectors.joining());
  }

  @Test
  void aCallIsAnItemOfItsOwnAndItsOutputGoesBack() {
    String question = "\"What is the weather in Rome?\"";
    JsonObject call = item(json(served.post(PATH, body(question, TOOLS))), 0);
    assertEquals("function_call", call.get("type").getAsString());
    assertEquals("get_weather", call.get("name").getAsString());
    assertEquals("{\"city\": \"Rome\"}", call.get("arguments").getAsString());
    List<JsonObject> events = events(served.post(PATH, body(question, TOOLS + ",\"stream\":true")));
    assertEquals("{\"city\": \"Rome\"}", deltas(events, "response.function_call_arguments.delta"));
    String items =
        "[{\"role\":\"user\",\"content\":"
            + question
            + "},"
            + call
            + ",{\"type\":\"function_call_output\",\"call_id\":\""
            + call.get("call_id").getAsString()
            + "\",\"output\":\"sunny\"}]";
    json(served.post(PATH, body(items, TOOLS + ",\"max_output_tokens\":3")));
  }

  @Test
  void aResponseThatTheLimitCutsOffIsIncomplete() {
    JsonObject response =
        json(served.post(PATH, body("\"" + QUESTION + "\"", ",\"max_output_tokens\":2")));
    assertEquals("incomplete", response.get("status").getAsString());
    assertEquals(
        "max_output_tokens",
        response.getAsJsonObject("incomplete_details").get("reason").getAsString());
    assertEquals("The capital", text(item(response, 0)));
  }

  @Test
  void reasoningIsAnItemBeforeTheText() {
    JsonObject response =
        json(
            served.post(
                PATH,
                body(
                    "\"" + QUESTION + "\"",
                    ",\"max_output_tokens\":4,"
                        + "\"chat_template_kwargs\":{\"enable_thinking\":true}")));
    assertEquals("reasoning", item(response, 0).get("type").getAsString());
    assertTrue(text(item(response, 0)).length() > 1);
    assertEquals(
        4,
        response
            .getAsJsonObject("usage")
            .getAsJsonObject("output_tokens_details")
            .get("reasoning_tokens")
            .getAsInt());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"store\":true | store",
        "\"previous_response_id\":\"resp_1\" | previous_response_id",
        "\"background\":true | background",
        "\"include\":[\"file_search_call.results\"] | include",
        "\"tools\":[{\"type\":\"web_search\"}] | tools[0].type",
        "\"max_tokens\":4 | max_tokens",
        "\"reasoning\":{\"effort\":\"low\"} | reasoning",
      })
  void whatIsNotHonouredIsRefusedByName(String parameter, String name) {
    HttpResponse<String> response = served.post(PATH, body("\"x\"", "," + parameter));
    assertEquals(400, response.statusCode());
    assertTrue(response.body().contains("\"param\":\"" + name + "\""), response.body());
  }
}
