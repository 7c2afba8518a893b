package dev.bookend.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.SessionLimits;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Requests for more completions than there are sessions, and a server that ends within one. */
class ManyCompletionsIT {
  private static final SessionLimits FEW = new SessionLimits(2, Duration.ofMinutes(5), 1);

  private static String texts(String prompts, int count, int tokens, boolean stream) {
    return "{\"model\":\"sample\",\"prompt\":%s,\"n\":%d,\"max_tokens\":%d,\"stream\":%b,\"seed\":1}"
        .formatted(prompts, count, tokens, stream);
  }

  private static String prompts(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"Number " + i + "\"")
        .collect(Collectors.joining(",", "[", "]"));
  }

  @Test
  void theyAreMadeOneAfterTheOtherAndOthersAreServedMeanwhile() throws Exception {
    try (ServedSample served = new ServedSample(FEW, options -> options)) {
      CompletableFuture<HttpResponse<String>> many =
          CompletableFuture.supplyAsync(
              () -> served.post("/v1/completions", texts(prompts(10), 3, 4, false)));
      while (served.running() == 0) {
        Thread.sleep(5);
      }
      HttpResponse<String> other = served.post("/v1/completions", texts("\"Hello\"", 1, 2, false));
      assertEquals(200, other.statusCode(), other.body());
      assertFalse(many.isDone(), "the other one has waited for all");
      HttpResponse<String> response = many.get();
      assertEquals(200, response.statusCode(), response.body());
      JsonArray choices =
          JsonParser.parseString(response.body()).getAsJsonObject().getAsJsonArray("choices");
      assertEquals(30, choices.size());
      for (int i = 0; i < choices.size(); i++) {
        assertEquals(i, choices.get(i).getAsJsonObject().get("index").getAsInt());
      }
    }
  }

  @Test
  void aClientWhoseAnswerIsCutByTheEndOfTheServerIsTold() throws Exception {
    try (ServedSample served =
        new ServedSample(FEW, options -> options.withDrain(Duration.ofMillis(300)))) {
      CompletableFuture<HttpResponse<String>> whole =
          CompletableFuture.supplyAsync(
              () -> served.post("/v1/completions", texts("\"Once\"", 1, 4000, false)));
      HttpResponse<InputStream> stream =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(served.url() + "/v1/completions"))
                      .POST(HttpRequest.BodyPublishers.ofString(texts("\"Twice\"", 1, 4000, true)))
                      .build(),
                  HttpResponse.BodyHandlers.ofInputStream());
      assertEquals(20, stream.body().readNBytes(20).length, "it has begun");
      while (served.running() < 2) {
        Thread.sleep(5);
      }
      served.stop();
      assertEquals(503, whole.get().statusCode(), whole.get().body());
      String last =
          new String(stream.body().readAllBytes(), UTF_8)
              .lines()
              .filter(line -> line.startsWith("data: "))
              .reduce("", (before, line) -> line.substring(6));
      JsonObject error = JsonParser.parseString(last).getAsJsonObject().getAsJsonObject("error");
      assertTrue(error.get("message").getAsString().contains("stopping"), last);
    }
  }
}
