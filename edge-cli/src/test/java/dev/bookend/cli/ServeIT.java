package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.cli.Launched.Result;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bookend serve} as a process. */
class ServeIT {
  private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+");

  private static HttpRequest chat(String server, String more) {
    return HttpRequest.newBuilder(URI.create(server + "/v1/chat/completions"))
        .POST(
            BodyPublishers.ofString(
                "{\"model\":\"smollm2\",\"temperature\":0,\"messages\":[{\"role\":\"user\","
                    + "\"content\":\"What is the capital of France?\"}]"
                    + more
                    + "}"))
        .build();
  }

  static String address(Launched server) throws InterruptedException {
    server.awaitError("bookend serves");
    Matcher address = ADDRESS.matcher(server.err());
    assertTrue(address.find(), server.err());
    return address.group();
  }

  @Test
  void anAnswerThatIsUnderWayIsWholeBeforeTheServerEnds() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    try (Launched server = Launched.start("serve", "--port", "0")) {
      String address = address(server);
      HttpResponse<String> whole = client.send(chat(address, ""), BodyHandlers.ofString());
      assertTrue(whole.body().contains("Paris"), whole.body());
      HttpResponse<InputStream> stream =
          client.send(
              chat(address, ",\"stream\":true,\"min_p\":null"), BodyHandlers.ofInputStream());
      byte[] first = stream.body().readNBytes(100);
      server.signal("TERM");
      String rest = new String(stream.body().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(100, first.length);
      assertTrue(rest.endsWith("data: [DONE]\n\n"), rest);
      Result result = server.await();
      assertEquals(143, result.code(), result.err());
      assertEquals("", result.out());
      assertTrue(result.err().contains("POST /v1/chat/completions 200 "), result.err());
      assertFalse(result.err().contains("France"), result.err());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--host 0.0.0.0|2|BOOKEND_API_KEY",
        "--host 0.0.0.0 --api-key=|2|API key is empty",
        "--ssl-cert-file none.pem|2|--ssl-key-file",
        "--ssl-cert-file none.pem --ssl-key-file no.pem|2|none.pem is missing",
        "--port 70000|2|--port",
        "--port TAKEN|1|cannot listen on 127.0.0.1:TAKEN"
      })
  void whatCannotBeServedIsTold(String row) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String[] cells =
          row.replace("TAKEN", Integer.toString(taken.getLocalPort())).split("\\|", -1);
      Result result = Launched.run(("serve " + cells[0]).split(" ", -1));
      assertEquals(Integer.parseInt(cells[1]), result.code(), result.err());
      assertTrue(result.err().contains(cells[2]), result.err());
      assertFalse(result.err().contains("\tat "), result.err());
    }
  }
}
