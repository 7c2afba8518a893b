package dev.bookend.server.page;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The page's files, which are resources of this package. They hold nothing of anybody's, so anyone
 * who reaches the server may have them. The page may load and ask its own server only.
 */
final class StaticFiles {
  private static final String FILES = "/static/";
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private StaticFiles() {}

  static boolean contain(String path) {
    return path.equals("/") || path.startsWith(FILES);
  }

  static void mount(Router router) {
    serve(router, "/", "index.html", "text/html; charset=utf-8");
    for (String script : new String[] {"page.js", "chat.js", "split.js", "stream.js"}) {
      serve(router, FILES + script, script, "text/javascript; charset=utf-8");
    }
    serve(router, FILES + "page.css", "page.css", "text/css; charset=utf-8");
    serve(router, FILES + "icon.svg", "icon.svg", "image/svg+xml");
  }

  private static void serve(Router router, String path, String file, String type) {
    byte[] bytes = read(file);
    String tag = '"' + hash(bytes) + '"';
    Buffer body = Buffer.buffer(bytes);
    router.get(path).handler(request -> answer(request, body, type, tag));
  }

  private static void answer(RoutingContext request, Buffer body, String type, String tag) {
    HttpServerResponse response =
        request
            .response()
            .putHeader("content-security-policy", POLICY)
            .putHeader("x-content-type-options", "nosniff")
            .putHeader("referrer-policy", "no-referrer")
            .putHeader("cross-origin-opener-policy", "same-origin")
            .putHeader("cross-origin-resource-policy", "same-origin")
            .putHeader("cache-control", "no-cache")
            .putHeader("etag", tag);
    if (tag.equals(request.request().getHeader("if-none-match"))) {
      response.setStatusCode(304).end();
    } else {
      response.putHeader("content-type", type).end(body);
    }
  }

  private static byte[] read(String file) {
    try (InputStream in = StaticFiles.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the page's " + file + " is missing");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
