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
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
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

  @ParameterizedTest
  @ValueSource(strings = {"/healthz", "/readyz", "/metrics", "/v1/models", "/api/version"})
  void whatCanBeGotHasAHead(String path) {
    HttpResponse<String> head = served.head(path);
    assertEquals(200, head.statusCode());
    assertEquals("", head.body());
  }

  @Test
  void aHeadOfWhatIsOnlyPostedToIsNone() {
    assertEquals(405, served.head("/v1/completions").statusCode());
  }
}
