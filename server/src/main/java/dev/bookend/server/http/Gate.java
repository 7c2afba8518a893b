package dev.bookend.server.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Who may ask. Keys are compared in a time that does not tell how much of one is right. A web page
 * from elsewhere may not ask through its reader's browser, unless it is allowed to: neither
 * directly, which its origin shows, nor under a name that it has made to mean this machine.
 */
public final class Gate {
  /** In a request's context: which key it came with. */
  private static final String CLIENT = "client";

  /** In a request's context: the salt of its own. */
  private static final String SALT = "cache_salt";

  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

  private final List<String> keys;
  private final List<String> origins;
  private final boolean loopbackOnly;
  private final Predicate<String> open;

  /**
   * A gate.
   *
   * @param keys empty: anyone may ask
   * @param origins of web pages from elsewhere that may ask
   * @param loopbackOnly whether only this machine can reach the server
   * @param open the paths that need no key
   */
  public Gate(
      List<String> keys, List<String> origins, boolean loopbackOnly, Predicate<String> open) {
    this.keys = List.copyOf(keys);
    this.origins = List.copyOf(origins);
    this.loopbackOnly = loopbackOnly;
    this.open = open;
  }

  /** Whether a host is this machine under a name that no web page can take. */
  public static boolean isLoopback(String host) {
    return LOOPBACK.contains(host.toLowerCase(Locale.ROOT));
  }

  /**
   * Lets a request pass.
   *
   * @throws ApiException if it may not
   */
  public void check(RoutingContext context) {
    HttpServerRequest request = context.request();
    HostAndPort authority = request.authority();
    // Only programs can leave the host out, as HTTP/1.0 allows: a browser names what it was told.
    boolean nameless = authority == null && request.version() == HttpVersion.HTTP_1_0;
    if (loopbackOnly && !nameless && (authority == null || !isLoopback(authority.host()))) {
      throw ApiException.forbidden(
          "this server answers this machine only, under the name localhost or 127.0.0.1");
    }
    String origin = request.getHeader("origin");
    if (origin != null && !isOwn(origin, request, authority)) {
      if (!origins.contains(origin) && !origins.contains("*")) {
        throw ApiException.forbidden("web pages of that origin may not ask");
      }
      allow(context, origin);
    }
    boolean preflight = request.method().name().equals("OPTIONS");
    if (preflight && origin != null) {
      context.response().setStatusCode(204).end();
      return;
    }
    int key = key(request);
    if (key < 0 && !open.test(context.normalizedPath())) {
      throw ApiException.unauthorized();
    }
    context.put(CLIENT, key);
    context.next();
  }

  /** Whose cached text a request may share: that of its key, and of its own salt if it has one. */
  public static String cacheSalt(RoutingContext context) {
    return context.get(CLIENT) + "\n" + context.get(SALT, "");
  }

  static void setCacheSalt(RoutingContext context, String salt) {
    context.put(SALT, salt);
  }

  private static boolean isOwn(String origin, HttpServerRequest request, HostAndPort authority) {
    if (authority == null) {
      return false;
    }
    try {
      return origin.equals(request.scheme() + "://" + URI.create("//" + authority).getAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Clients send headers of their own, as OpenAI's for JavaScript does; none of them matters. */
  private static void allow(RoutingContext context, String origin) {
    String headers = context.request().getHeader("access-control-request-headers");
    context
        .response()
        .putHeader("access-control-allow-origin", origin)
        .putHeader("vary", "origin, access-control-request-headers")
        .putHeader(
            "access-control-allow-headers",
            headers == null ? "authorization, content-type" : headers)
        .putHeader("access-control-expose-headers", "retry-after")
        .putHeader("access-control-allow-methods", "GET, POST")
        .putHeader("access-control-max-age", "600");
  }

  /** Which of the keys a request has; 0 where none is needed, -1 where it has none of them. */
  private int key(HttpServerRequest request) {
    if (keys.isEmpty()) {
      return 0;
    }
    String header = request.getHeader("authorization");
    if (header == null || !header.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return -1;
    }
    byte[] given = header.substring(7).strip().getBytes(StandardCharsets.ISO_8859_1); // as it came
    int known = -1;
    for (int i = 0; i < keys.size(); i++) {
      boolean same = MessageDigest.isEqual(given, keys.get(i).getBytes(StandardCharsets.UTF_8));
      known = same ? i : known;
    }
    return known;
  }
}
