package dev.bookend.server.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.server.ServedSample;
import dev.bookend.server.tools.CallingSample;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ollama's API on the sample model, as the HTTP that it is. */
@ExtendWith(CallingSample.Shared.class)
class OllamaIT {
  private static final String ANSWER = "The capital of France is Paris.";

  private static ServedSample served;

  @BeforeAll
  static void open(ServedSample shared) {
    served = shared;
  }

  private static String chat(String question, String more) {
    return "{\"model\":\"sample:latest\",\"options\":{\"temperature\":0},\"messages\":[{\"role\":"
        + "\"user\",\"content\":\""
        + question
        + "\"}]"
        + more
        + "}";
  }

  private static String capital(String more) {
    return chat("What is the capital of France?", more);
  }

  private static List<JsonObject> lines(HttpResponse<String> response) {
    assertEquals(200, response.statusCode(), response.body());
    return response
        .body()
        .lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .toList();
  }

  @Test
  void aChatIsStreamedAsLinesUnlessAskedOtherwise() {
    HttpResponse<String> response = served.post("/api/chat", capital(""));
    assertEquals(
        "application/x-ndjson", response.headers().firstValue("content-type").orElseThrow());
    List<JsonObject> lines = lines(response);
    StringBuilder text = new StringBuilder();
    lines.forEach(
        line -> text.append(line.getAsJsonObject("message").get("content").getAsString()));
    assertEquals(ANSWER, text.toString());
    assertTrue(lines.size() > 3);
    JsonObject last = lines.get(lines.size() - 1);
    assertTrue(last.get("done").getAsBoolean());
    assertEquals("stop", last.get("done_reason").getAsString());
    assertTrue(last.get("eval_count").getAsInt() > 0);
    assertTrue(last.get("total_duration").getAsLong() > 0);
    List<JsonObject> whole = lines(served.post("/api/chat", capital(",\"stream\":false")));
    assertEquals(1, whole.size());
    assertEquals(ANSWER, whole.get(0).getAsJsonObject("message").get("content").getAsString());
  }

  @Test
  void aPromptIsAQuestionUnlessItIsRaw() {
    String body =
        "{\"model\":\"sample\",\"stream\":false,\"prompt\":\"%s\",\"raw\":%s,"
            + "\"options\":{\"temperature\":0,\"num_predict\":7}}";
    JsonObject question =
        lines(served.post("/api/generate", body.formatted("What is the capital of France?", false)))
            .get(0);
    assertEquals(ANSWER, question.get("response").getAsString());
    JsonObject raw =
        lines(served.post("/api/generate", body.formatted("The capital of France is", true)))
            .get(0);
    assertTrue(raw.get("response").getAsString().startsWith(" Paris"), raw.toString());
    assertEquals("length", raw.get("done_reason").getAsString());
  }

  @Test
  void aCallIsToldWhole() {
    String tools = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\"}}]";
    List<JsonObject> lines =
        lines(served.post("/api/chat", chat("What is the weather in Rome?", tools)));
    JsonObject call =
        lines.stream()
            .map(line -> line.getAsJsonObject("message"))
            .filter(message -> message.has("tool_calls"))
            .findFirst()
            .orElseThrow()
            .getAsJsonArray("tool_calls")
            .get(0)
            .getAsJsonObject()
            .getAsJsonObject("function");
    assertEquals("get_weather", call.get("name").getAsString());
    assertEquals(
        "Rome", call.getAsJsonObject("arguments").get("city").getAsString(), call.toString());
  }

  @Test
  void thoughtsAreNotContent() {
    String body = capital(",\"think\":true,\"stream\":false");
    body = body.replace("\"temperature\":0", "\"temperature\":0,\"num_predict\":4");
    JsonObject message = lines(served.post("/api/chat", body)).get(0).getAsJsonObject("message");
    assertFalse(message.get("thinking").getAsString().isEmpty());
    assertEquals("", message.get("content").getAsString());
  }

  @Test
  void clientsFindTheModel() {
    assertTrue(served.get("/api/version").body().contains("\"version\""));
    assertTrue(served.get("/api/tags").body().contains("\"sample:latest\""));
    JsonObject show = lines(served.post("/api/show", "{\"model\":\"sample\"}")).get(0);
    assertTrue(show.getAsJsonObject("model_info").has("llama.context_length"), show.toString());
    assertTrue(show.get("capabilities").toString().contains("tools"));
    assertTrue(
        lines(served.post("/api/generate", "{\"model\":\"sample\",\"keep_alive\":\"5m\"}"))
            .get(0)
            .get("done")
            .getAsBoolean());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"model\":\"other\",\"messages\":[]} | 404 | does not have that model",
        "{\"model\":\"sample\",\"messages\":[],\"options\":{\"mirostat\":2}} | 400 | options.mirostat",
        "{\"model\":\"sample\",\"messages\":[],\"options\":{\"sparkle\":1}} | 400 | options.sparkle",
        "{\"model\":\"sample\",\"messages\":[],\"options\":{\"num_ctx\":9999999}} | 400 | options.num_ctx",
        "{\"model\":\"sample\",\"messages\":[],\"format\":\"xml\"} | 400 | format",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"images\":[\"AA\"]}]} | 400 | images",
      })
  void whatIsWrongIsRefusedInOllamasShape(String body, int status, String name) {
    HttpResponse<String> response = served.post("/api/chat", body);
    assertEquals(status, response.statusCode(), response.body());
    String error =
        JsonParser.parseString(response.body()).getAsJsonObject().get("error").getAsString();
    assertTrue(error.contains(name), error);
  }
}
