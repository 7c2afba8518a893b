package dev.bookend.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenAI's API on the sample model, as the HTTP that it is. */
class OpenAiApiIT {
  private static final String QUESTION =
      "\"messages\":[{\"role\":\"user\",\"content\":\"What is the capital of France?\"}]";
  private static final String ANSWER = "The capital of France is Paris.";

  private static ServedSample served;

  @BeforeAll
  static void open() {
    served = new ServedSample();
  }

  @AfterAll
  static void close() {
    served.close();
  }

  private static JsonObject json(HttpResponse<String> response) {
    assertEquals(200, response.statusCode(), response.body());
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  private static String chat(String more) {
    return "{\"model\":\"sample\",\"temperature\":0," + QUESTION + more + "}";
  }

  private static JsonObject choice(JsonObject response) {
    return response.getAsJsonArray("choices").get(0).getAsJsonObject();
  }

  @Test
  void aChatCompletionIsTheModelsAnswer() {
    JsonObject response = json(served.post("/v1/chat/completions", chat("")));
    JsonObject choice = choice(response);
    assertEquals(ANSWER, choice.getAsJsonObject("message").get("content").getAsString());
    assertEquals("stop", choice.get("finish_reason").getAsString());
    JsonObject usage = response.getAsJsonObject("usage");
    assertEquals(
        usage.get("total_tokens").getAsInt(),
        usage.get("prompt_tokens").getAsInt() + usage.get("completion_tokens").getAsInt());
  }

  @Test
  void aStreamBeginsWithTheRoleAndEndsWithReasonUsageAndDone() {
    HttpResponse<String> response =
        served.post(
            "/v1/chat/completions",
            chat(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
    assertTrue(
        response.headers().firstValue("content-type").orElse("").startsWith("text/event-stream"));
    List<String> events = ServedSample.events(response);
    assertEquals("[DONE]", events.get(events.size() - 1));
    List<JsonObject> chunks =
        events.subList(0, events.size() - 1).stream()
            .map(event -> JsonParser.parseString(event).getAsJsonObject())
            .toList();
    assertEquals(
        "assistant", choice(chunks.get(0)).getAsJsonObject("delta").get("role").getAsString());
    String text =
        chunks.stream()
            .filter(chunk -> !chunk.getAsJsonArray("choices").isEmpty())
            .map(chunk -> choice(chunk).getAsJsonObject("delta"))
            .filter(delta -> delta.has("content"))
            .map(delta -> delta.get("content").getAsString())
            .collect(Collectors.joining());
    assertEquals(ANSWER, text);
    assertEquals("stop", choice(chunks.get(chunks.size() - 2)).get("finish_reason").getAsString());
    JsonObject last = chunks.get(chunks.size() - 1);
    assertTrue(last.getAsJsonArray("choices").isEmpty());
    assertTrue(last.getAsJsonObject("usage").get("completion_tokens").getAsInt() > 0);
  }

  @Test
  void severalChoicesOfOneSeedAreTheSameEachTimeAndHaveUsageOfOnePrompt() {
    String body =
        "{\"model\":\"sample\",\"seed\":5,\"n\":3,\"max_tokens\":6,\"temperature\":1,"
            + QUESTION
            + "}";
    JsonObject first = json(served.post("/v1/chat/completions", body));
    JsonObject again = json(served.post("/v1/chat/completions", body));
    assertEquals(3, first.getAsJsonArray("choices").size());
    assertEquals(first.get("choices"), again.get("choices"));
    JsonObject one = json(served.post("/v1/chat/completions", chat("")));
    assertEquals(
        one.getAsJsonObject("usage").get("prompt_tokens"),
        first.getAsJsonObject("usage").get("prompt_tokens"));
  }

  @Test
  void stopStringsEndTheAnswerBeforeThem() {
    JsonObject choice =
        choice(json(served.post("/v1/chat/completions", chat(",\"stop\":[\" is\",\"zz\"]"))));
    assertEquals(
        "The capital of France", choice.getAsJsonObject("message").get("content").getAsString());
    assertEquals("stop", choice.get("finish_reason").getAsString());
  }

  @Test
  void anEchoHasTheLogProbabilitiesOfThePrompt() {
    String body =
        "{\"model\":\"sample\",\"prompt\":%s,\"echo\":true,\"logprobs\":1,\"max_tokens\":0,\"temperature\":0}";
    int[] ids = served.bookend().tokens(new dev.bookend.Prompt.Text("The capital of France is"));
    String list = IntStream.of(ids).mapToObj(String::valueOf).collect(Collectors.joining(","));
    JsonObject byText =
        choice(
            json(served.post("/v1/completions", body.formatted("\"The capital of France is\""))));
    JsonObject byIds =
        choice(json(served.post("/v1/completions", body.formatted("[" + list + "]"))));
    assertEquals("The capital of France is", byText.get("text").getAsString());
    assertEquals(byText, byIds);
    JsonObject logs = byText.getAsJsonObject("logprobs");
    JsonArray values = logs.getAsJsonArray("token_logprobs");
    assertTrue(values.get(0).isJsonNull());
    var scores = served.bookend().score(ids);
    for (int i = 0; i < scores.length; i++) {
      assertEquals(scores[i].logProbability(), values.get(i + 1).getAsFloat(), 1e-5);
    }
    assertEquals("[0,3,11,14,21]", logs.get("text_offset").toString());
  }

  @Test
  void tokensThatArePartsOfCharactersHaveTheirBytesAndPlaces() {
    JsonObject echo =
        choice(
            json(
                served.post(
                    "/v1/completions",
                    "{\"model\":\"sample\",\"prompt\":\"a\ud83e\udda9\u4e16b\",\"echo\":true,"
                        + "\"logprobs\":0,\"max_tokens\":0}")));
    JsonArray starts = echo.getAsJsonObject("logprobs").getAsJsonArray("text_offset");
    assertEquals(0, starts.get(0).getAsInt());
    assertEquals(3, starts.get(starts.size() - 1).getAsInt());
    JsonObject chat =
        choice(
            json(
                served.post(
                    "/v1/chat/completions",
                    "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hi.\"}],"
                        + "\"logprobs\":true,\"max_tokens\":12,\"temperature\":0,"
                        + "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\","
                        + "\"schema\":{\"enum\":[\"\ud83e\udda9\u4e16\"]}}}}")));
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (JsonElement token : chat.getAsJsonObject("logprobs").getAsJsonArray("content")) {
      for (JsonElement value : token.getAsJsonObject().getAsJsonArray("bytes")) {
        joined.write(value.getAsInt());
      }
    }
    assertEquals(
        chat.getAsJsonObject("message").get("content").getAsString(),
        joined.toString(StandardCharsets.UTF_8));
    assertTrue(joined.toString(StandardCharsets.UTF_8).contains("\ud83e\udda9\u4e16"));
  }

  @Test
  void tokensHaveNamesThatTellThemApart() {
    JsonObject echo =
        choice(
            json(
                served.post(
                    "/v1/completions",
                    "{\"model\":\"sample\",\"prompt\":\"<|im_start|>user\\n\u65e5\ud83e\udda9\","
                        + "\"echo\":true,\"logprobs\":20,\"max_tokens\":1,\"temperature\":0}")));
    JsonObject logs = echo.getAsJsonObject("logprobs");
    assertEquals("<|im_start|>", logs.getAsJsonArray("tokens").get(0).getAsString());
    assertEquals(12, logs.getAsJsonArray("text_offset").get(1).getAsInt());
    JsonArray tops = logs.getAsJsonArray("top_logprobs");
    for (int i = 1; i < tops.size(); i++) {
      assertEquals(20, tops.get(i).getAsJsonObject().size(), "names of place " + i);
    }
    assertTrue(logs.getAsJsonArray("tokens").toString().contains("bytes:\\\\x"), logs.toString());
  }

  /** Its template knows no calls, and would leave them out. */
  @Test
  void pastCallsThatTheTemplateDoesNotShowAreRefused() {
    HttpResponse<String> response =
        served.post(
            "/v1/chat/completions",
            "{\"model\":\"sample\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"},"
                + "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\","
                + "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}}]},"
                + "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"y\"}]}");
    assertEquals(400, response.statusCode(), response.body());
    assertTrue(response.body().contains("does not show calls"), response.body());
  }

  /** Otherwise the count would tell what others have asked. */
  @Test
  void whatIsCachedForOneSaltIsNothingToAnother() {
    String body =
        "{\"model\":\"sample\",\"max_tokens\":1,\"temperature\":0,\"cache_salt\":\"%s\","
            + "\"prompt\":\"My diary says that the number of the blue door is 4826, says it\"}";
    assertEquals(0, cached(body.formatted("a")));
    assertTrue(cached(body.formatted("a")) > 10);
    assertEquals(0, cached(body.formatted("b")));
  }

  private static int cached(String body) {
    return json(served.post("/v1/completions", body))
        .getAsJsonObject("usage")
        .getAsJsonObject("prompt_tokens_details")
        .get("cached_tokens")
        .getAsInt();
  }

  @Test
  void anEchoAloneHasRunThePrompt() {
    JsonObject usage =
        json(served.post(
                "/v1/completions",
                "{\"model\":\"sample\",\"prompt\":\"One two three\",\"echo\":true,"
                    + "\"logprobs\":1,\"max_tokens\":0}"))
            .getAsJsonObject("usage");
    assertEquals(0, usage.getAsJsonObject("prompt_tokens_details").get("cached_tokens").getAsInt());
  }

  @Test
  void aBiasForbidsATokenAndAPenaltyIsTaken() {
    int paris = served.bookend().tokens(new dev.bookend.Prompt.Text(" Paris"))[0];
    JsonObject choice =
        choice(
            json(
                served.post(
                    "/v1/chat/completions", chat(",\"logit_bias\":{\"" + paris + "\":-100}"))));
    assertFalse(choice.getAsJsonObject("message").get("content").getAsString().contains("Paris"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"model\":\"other\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | 404 | model",
        "{\"model\":\"sample\",\"messages\":[]} | 400 | messages",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"king\",\"content\":\"x\"}]} | 400 | messages[0].role",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"temperature\":\"hot\"} | 400 | temperature",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"top_p\":1.5} | 400 | top_p",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\",\"bold\":1}]}]} | 400 | messages[0].content[0].bold",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"args\":{}}}]}]} | 400 | messages[0].tool_calls[0].function.args",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"repetition_penalty\":1.1} | 400 | repetition_penalty",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"best_of\":2} | 400 | best_of",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":1e99} | 400 | max_tokens",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"seed\":1e99999} | 400 | seed",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"temperature\":1e2147483648} | 400 | temperature",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"logit_bias\":{\"49152\":1}} | 400 | logit_bias.49152",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"response_format\":{\"type\":\"json_object\"},\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]} | 400 | tools",
        "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{}}]}]} | 400 | messages[0].content[0].type",
      })
  void whatIsWrongIsRefusedWithTheNameOfTheParameter(String body, int status, String parameter) {
    HttpResponse<String> response = served.post("/v1/chat/completions", body);
    assertEquals(status, response.statusCode(), response.body());
    JsonObject error =
        JsonParser.parseString(response.body()).getAsJsonObject().getAsJsonObject("error");
    assertEquals(parameter, error.get("param").getAsString());
    assertTrue(error.get("message").getAsString().length() > 5);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aModelThatTakesNoToolsSaysSo(boolean streamed) {
    HttpResponse<String> response =
        served.post(
            "/v1/chat/completions",
            chat(
                ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a\"}}],\"stream\":"
                    + streamed));
    assertEquals(400, response.statusCode());
    assertTrue(response.body().contains("\"param\":\"tools\""), response.body());
  }

  @ParameterizedTest
  @CsvSource({"[], 400", "'{', 400", "'', 400", "'{\"model\":NaN}', 400"})
  void aBodyThatIsNoJsonObjectIsRefused(String body, int status) {
    assertEquals(status, served.post("/v1/chat/completions", body).statusCode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"repetition_penalty\":1.0,\"min_p\":0.0,\"ignore_eos\":false",
        "\"modalities\":[\"text\"],\"skip_special_tokens\":true",
        "\"chat_template_kwargs\":{\"add_generation_prompt\":true,\"enable_thinking\":false}"
      })
  void whatOtherServersClientsSendWithoutEffectIsTaken(String more) {
    assertEquals(
        200, served.post("/v1/chat/completions", chat(",\"max_tokens\":1," + more)).statusCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"messages", "tools", "add_generation_prompt", "eos_token"})
  void whatEveryTemplateHasCannotBeReplaced(String name) {
    HttpResponse<String> response =
        served.post(
            "/v1/chat/completions",
            chat(",\"max_tokens\":1,\"chat_template_kwargs\":{\"" + name + "\":\"x\"}"));
    assertEquals(400, response.statusCode(), response.body());
    assertTrue(response.body().contains(name), response.body());
  }

  @Test
  void aBodyOfTenMegabytesAndAPromptBeyondTheContextAreRefused() {
    assertEquals(413, served.post("/v1/completions", "x".repeat(10_000_000)).statusCode());
    String long_ = "{\"model\":\"sample\",\"prompt\":\"" + "word ".repeat(20_000) + "\"}";
    HttpResponse<String> response = served.post("/v1/completions", long_);
    assertEquals(400, response.statusCode(), response.body());
    assertTrue(response.body().contains("context_length_exceeded"), response.body());
  }

  @Test
  void metricsCountWhatWasDoneAndSayNothingOfTheTexts() {
    json(served.post("/v1/chat/completions", chat("")));
    HttpResponse<String> response = served.get("/metrics");
    String metrics = response.body();
    assertEquals(200, response.statusCode(), metrics);
    assertEquals(404, served.get("/v1/models/other").statusCode());
    assertEquals(400, served.post("/v1/completions", "{}").statusCode());
    assertEquals(404, served.get("/secret/path").statusCode());
    metrics = served.get("/metrics").body();
    assertFalse(metrics.contains("secret"));
    for (String name :
        List.of(
            "bookend_requests_total{path=\"/v1/chat/completions\",status=\"200\"}",
            "bookend_requests_total{path=\"/v1/models/",
            "bookend_requests_total{path=\"/v1/completions\",status=\"400\"}",
            "bookend_requests_total{path=\"other\",status=\"404\"}",
            "bookend_round_trip_seconds_bucket",
            "bookend_tokens_per_round_trip_count",
            "bookend_time_to_first_token_seconds_sum",
            "bookend_sent_bytes_total",
            "bookend_draft_tokens_total{drafter=\"suffix\"}",
            "bookend_requests_waiting 0.0")) {
      assertTrue(metrics.contains(name), name + " is missing in " + metrics);
    }
    assertFalse(metrics.contains("France"));
    assertEquals("ok\n", served.get("/healthz").body());
    assertEquals("ready\n", served.get("/readyz").body());
  }

  /** While an answer is made, and while a long text is scored, which no text comes of before. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"sample\",\"prompt\":\"Once\",\"max_tokens\":4000,\"temperature\":0}",
        "{\"model\":\"sample\",\"prompt\":\"LONG\",\"max_tokens\":1,\"echo\":true,\"logprobs\":1}"
      })
  void aClientThatHangsUpFreesItsSession(String request) throws IOException, InterruptedException {
    String body = request.replace("LONG", "All work and no play. ".repeat(1_000));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
      socket
          .getOutputStream()
          .write(
              ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
                  .getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
      Thread.sleep(1500);
      assertEquals(1, served.running());
    }
    long end = System.nanoTime() + 30_000_000_000L;
    while (served.running() > 0 && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    assertEquals(0, served.running());
    json(served.post("/v1/chat/completions", chat("")));
  }

  /** The rest of its answer waits for it; that of another client does not. */
  @Test
  void aClientThatReadsSlowlyGetsAllOfItAndHoldsUpNobody() throws Exception {
    String body =
        "{\"model\":\"sample\",\"prompt\":\"One, two, three,\",\"max_tokens\":100,"
            + "\"logprobs\":20,\"stream\":true,\"temperature\":0}";
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), served.port()));
      socket
          .getOutputStream()
          .write(
              ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                      + "Content-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
                  .getBytes(StandardCharsets.UTF_8));
      byte[] first = socket.getInputStream().readNBytes(1000);
      assertEquals(1000, first.length);
      json(served.post("/v1/chat/completions", chat("")));
      long end = System.nanoTime() + 180_000_000_000L;
      while (served.running() > 0 && System.nanoTime() < end) {
        Thread.sleep(20);
      }
      assertEquals(0, served.running(), "the answer is made though nobody reads it");
      String rest = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(rest.length() > 80_000, "few bytes: " + rest.length());
      assertTrue(rest.contains("data: [DONE]"));
    }
  }
}
