package dev.bookend.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.SessionLimits;
import dev.bookend.server.ServedSample;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the page is served with, and who may ask for what is behind it. */
class PageHeadersIT {
  @Test
  void filesAreOpenAndStrictAndWhatIsBehindThemWantsTheKey() {
    try (ServedSample served =
        new ServedSample(SessionLimits.DEFAULT, options -> options.withKeys(List.of("secret-1")))) {
      HttpResponse<String> page = served.get("/");
      assertEquals(200, page.statusCode());
      assertEquals(
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src"
              + " 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          header(page, "content-security-policy"));
      assertEquals("nosniff", header(page, "x-content-type-options"));
      assertEquals("no-referrer", header(page, "referrer-policy"));
      assertEquals("no-cache", header(page, "cache-control"));
      HttpResponse<String> again = served.get("/", "if-none-match", header(page, "etag"));
      assertEquals(304, again.statusCode());
      assertTrue(
          header(served.get("/static/page.js"), "content-type").startsWith("text/javascript"));
      assertEquals(404, served.get("/static/other.js").statusCode());

      HttpResponse<String> head = served.head("/"); // as ollama's own client asks
      assertEquals(200, head.statusCode());
      assertEquals("", head.body());

      for (String path :
          List.of("/page/split", "/v1/models", "/api/tags", "/tokenizer_info", "/nothing")) {
        assertEquals(401, served.get(path).statusCode(), path);
      }
      String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
      assertEquals(401, served.post("/page/chat", body).statusCode());
      assertEquals(401, served.post("/page/attack", body).statusCode());
      String[] key = {"authorization", "Bearer secret-1"};
      assertEquals(200, served.get("/page/split", key).statusCode());
      assertEquals(400, served.post("/page/chat", "{\"messages\":[]}", key).statusCode());
      String stream = served.post("/page/chat", body, key).body();
      assertTrue(stream.contains("data: {\"tokens\":[{\"text\":"), stream);
      assertTrue(stream.contains("data: {\"end\":{\"reason\":\"stop\""), stream);
    }
  }

  /** OpenAI's client for browsers sends headers of its own. */
  @Test
  void aPageThatMayAskMaySendWhateverHeaders() {
    try (ServedSample served =
        new ServedSample(
            SessionLimits.DEFAULT,
            options -> options.withOrigins(List.of("https://chat.example")))) {
      HttpResponse<String> allowed =
          served.options(
              "/v1/chat/completions",
              "origin",
              "https://chat.example",
              "access-control-request-method",
              "POST",
              "access-control-request-headers",
              "authorization,content-type,x-stainless-os");
      assertEquals(204, allowed.statusCode());
      assertEquals("https://chat.example", header(allowed, "access-control-allow-origin"));
      assertTrue(header(allowed, "access-control-allow-headers").contains("x-stainless-os"));
      assertEquals(
          403, served.options("/v1/models", "origin", "https://elsewhere.example").statusCode());
    }
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }
}
