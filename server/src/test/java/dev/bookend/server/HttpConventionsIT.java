package dev.bookend.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTP asks of any server, and what programs send that do not keep to it. */
class HttpConventionsIT {
  private static ServedSample served;

  @BeforeAll
  static void open() {
    served = new ServedSample();
  }

  @AfterAll
  static void close() {
    served.close();
  }

  /** The whole response to bytes, after which the connection is closed. */
  private static String raw(String request) throws IOException {
    return raw(request.getBytes(StandardCharsets.UTF_8));
  }

  private static String raw(byte[] request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(request);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** As curl's {@code -d} sends it without a header of the user's own. */
  @ParameterizedTest
  @ValueSource(strings = {"100% sure %zz", "a=b&", "word "})
  void aBodyThatCallsItselfAFormIsReadAsJson(String words) throws IOException {
    String body =
        "{\"model\":\"sample\",\"max_tokens\":1,\"temperature\":0,\"prompt\":\"Hi\",\"user\":\""
            + words.repeat(2500)
            + "\"}";
    String response =
        raw(
            "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body);
    assertTrue(response.startsWith("HTTP/1.1 200 "), response);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /v1/models HTTP/1.1\r\nHost: localhost:abc\r\nConnection: close\r\n\r\n",
        "GET /v1/models HTTP/1.1\r\nHost: user@localhost\r\nConnection: close\r\n\r\n"
      })
  void aRequestThatIsNoHttpIsTheClientsError(String request) throws IOException {
    String response = raw(request);
    assertTrue(response.startsWith("HTTP/1.1 400 "), response);
  }

  @Test
  void aBodyThatIsNotUtf8IsRefused() throws IOException {
    String body = "{\"model\":\"sample\",\"max_tokens\":1,\"prompt\":\"caf\u00e9\"}";
    String head =
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ";
    String response =
        raw((head + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(response.startsWith("HTTP/1.1 400 "), response);
    assertTrue(response.contains("not UTF-8"), response);
  }

  @Test
  void halfACharacterIsRefused() {
    HttpResponse<String> response =
        served.post(
            "/v1/completions", "{\"model\":\"sample\",\"max_tokens\":1,\"prompt\":\"a\\ud83e\"}");
    assertEquals(400, response.statusCode());
    assertTrue(response.body().contains("surrogate"), response.body());
    assertEquals(
        200,
        served
            .post(
                "/v1/completions",
                "{\"model\":\"sample\",\"max_tokens\":1,\"prompt\":\"a\\ud83e\\udda9\"}")
            .statusCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"zz\r\nabc\r\n0\r\n\r\n", "-5\r\n\r\n", "ffffffffff\r\nabc"})
  void aBodyInBrokenChunksIsTheClientsError(String chunks) throws IOException {
    String response =
        raw(
            "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
                + chunks);
    assertTrue(response.startsWith("HTTP/1.1 4"), response);
  }

  @Test
  void aProgramMayLeaveOutTheHostAsHttp10Allows() throws IOException {
    String response = raw("GET /v1/models HTTP/1.0\r\n\r\n");
    assertTrue(response.contains(" 200 "), response);
  }

  @Test
  void aTextFarTooLongIsRefusedAtItsBeginning() {
    HttpResponse<String> response =
        served.post(
            "/v1/completions",
            "{\"model\":\"sample\",\"max_tokens\":1,\"prompt\":\""
                + "word ".repeat(700_000)
                + "\"}");
    assertEquals(400, response.statusCode());
    assertTrue(response.body().contains("context_length_exceeded"), response.body());
    assertTrue(response.body().contains("needs more than"), response.body());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/healthz", "/readyz", "/metrics", "/v1/models", "/api/version"})
  void whatCanBeGotHasAHead(String path) {
    HttpResponse<String> head = served.head(path);
    assertEquals(200, head.statusCode());
    assertEquals("", head.body());
  }

  @Test
  void aHeadOfWhatIsOnlyPostedToIsNone() {
    HttpResponse<String> head = served.head("/v1/completions");
    assertEquals(405, head.statusCode());
    assertEquals("POST", head.headers().firstValue("allow").orElseThrow());
  }

  @Test
  void everyAnswerHasADateAndAnId() {
    HttpResponse<String> models = served.get("/v1/models");
    assertTrue(models.headers().firstValue("date").orElseThrow().endsWith(" GMT"));
    assertTrue(models.headers().firstValue("x-request-id").orElseThrow().startsWith("req_"));
  }

  @Test
  void aNameOfMegabytesIsNotRepeatedInItsError() {
    HttpResponse<String> response =
        served.post(
            "/v1/completions",
            "{\"model\":\"sample\",\"prompt\":\"x\",\"" + "n".repeat(2_000_000) + "\":1}");
    assertEquals(400, response.statusCode());
    assertTrue(response.body().length() < 1_000, response.body());
  }
}
