package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLHandshakeException;

/**
 * HTTP GET as the hub needs it: sends the token, but to the hub's own host only, follows redirects
 * to its storage, asks for byte ranges, and ends connections on which nothing arrives any more.
 */
final class HubConnection {
  static final int PARTIAL = 206;

  private static final int OK = 200;

  /** Short, so that a machine without the hub soon goes on to the next source. */
  private static final Duration CONNECT = Duration.ofSeconds(4);

  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** A server that drips is given up: in each such time, so much must come or all have come. */
  private static final long SLOW_NANOS = TimeUnit.MINUTES.toNanos(5);

  private static final long SLOW_BYTES = 256 << 10;
  private static final long TICK_MILLIS = 100;
  private static final int MAX_REDIRECTS = 5;

  private final HttpClient client;
  private final Proxies proxies;
  private final URI endpoint;
  private final Optional<String> token;

  HubConnection(Environment environment, URI endpoint, Optional<String> token) {
    this.proxies = new Proxies(environment);
    this.endpoint = endpoint;
    this.token = token;
    // With HTTP/2 all requests would share one connection, and pieces one connection's bandwidth.
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(Version.HTTP_1_1).connectTimeout(CONNECT).proxy(proxies);
    environment.certificates().map(TrustedCertificates::read).ifPresent(builder::sslContext);
    client = builder.build();
  }

  /** Host and port of an address, for messages: what else is in it may be secret. */
  static String place(URI uri) {
    return uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
  }

  /** Says where the bytes go, once the answer has begun. */
  @FunctionalInterface
  interface Start {
    ByteSink begin(int status, HttpHeaders headers) throws IOException;
  }

  /**
   * An answer whose body has been taken.
   *
   * @param location where it came from, after all redirects
   */
  record Answer(HttpHeaders headers, URI location) {}

  /**
   * Gets a resource.
   *
   * @param range the bytes that are asked for; empty: all. The server may send all nevertheless
   *     (status 200)
   * @param longest how long one answer may take
   * @throws IOException for failures that may be temporary: no answer, a broken connection, an
   *     overloaded server
   * @throws BookendException for permanent ones: no access, no such resource, no connection at all
   */
  Answer get(HubName name, URI uri, Optional<ByteRange> range, Duration longest, Start start)
      throws IOException {
    URI location = uri;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpResponse<Void> response = send(name, location, range, longest, start);
      int status = response.statusCode();
      if (status == OK || (status == PARTIAL && range.isPresent())) {
        return new Answer(response.headers(), location);
      }
      String target = response.headers().firstValue("Location").orElse("");
      if (status < 300 || status >= 400 || target.isEmpty()) {
        throwFailure(name, location, response);
      }
      location = redirect(location, target);
    }
    throw new BookendException(ErrorCode.HUB_FAILED, place(uri) + " redirects again and again");
  }

  private static URI redirect(URI from, String target) {
    try {
      URI to = from.resolve(target);
      boolean secure = "https".equals(to.getScheme());
      if (to.getHost() != null
          && (secure || ("http".equals(to.getScheme()) && !"https".equals(from.getScheme())))) {
        return to;
      }
    } catch (IllegalArgumentException e) {
      // not a URI, and so refused below
    }
    throw new BookendException(
        ErrorCode.HUB_FAILED, place(from) + " redirects to an address that is not safe");
  }

  private HttpResponse<Void> send(
      HubName name, URI uri, Optional<ByteRange> range, Duration longest, Start start)
      throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(ANSWER);
    request.header("User-Agent", "bookend");
    range.ifPresent(bytes -> request.header("Range", bytes.header()));
    proxies.authorization(uri).ifPresent(value -> request.header("Proxy-Authorization", value));
    if (place(uri).equals(place(endpoint)) && uri.getScheme().equals(endpoint.getScheme())) {
      token.ifPresent(value -> request.header("Authorization", "Bearer " + value));
    }
    AtomicReference<Body> body = new AtomicReference<>(new Body(bytes -> {}));
    CompletableFuture<HttpResponse<Void>> answer =
        client.sendAsync(
            request.build(),
            info -> {
              if (info.statusCode() == OK || (info.statusCode() == PARTIAL && range.isPresent())) {
                body.set(begin(start, info));
              }
              return BodySubscribers.ofByteArrayConsumer(body.get());
            });
    try {
      return await(answer, body, longest);
    } catch (ConnectException | HttpConnectTimeoutException | SSLHandshakeException e) {
      throw unreachable(name, uri, UnreachableReason.of(e), e);
    } finally {
      body.get().stop();
    }
  }

  private static Body begin(Start start, HttpResponse.ResponseInfo info) {
    try {
      return new Body(start.begin(info.statusCode(), info.headers()));
    } catch (IOException e) {
      return new Body(
          bytes -> {
            throw e;
          });
    }
  }

  private static HttpResponse<Void> await(
      CompletableFuture<HttpResponse<Void>> answer, AtomicReference<Body> body, Duration longest)
      throws IOException {
    long received = 0;
    long since = System.nanoTime();
    long begun = since;
    long slowSince = since;
    long slowReceived = 0;
    while (true) {
      try {
        HttpResponse<Void> response = answer.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
        throwIfSet(body.get().failure());
        return response;
      } catch (TimeoutException e) {
        // looked at below
      } catch (ExecutionException e) {
        throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
      } catch (InterruptedException e) {
        answer.cancel(true);
        Thread.currentThread().interrupt();
        throw new BookendException(ErrorCode.CANCELLED, "fetching from the hub was interrupted");
      }
      if (body.get().received() != received) {
        received = body.get().received();
        since = System.nanoTime();
      }
      if (body.get().failure() != null || System.nanoTime() - since > STALL_NANOS) {
        answer.cancel(true);
        throwIfSet(body.get().failure());
        throw new IOException("nothing arrived for a minute");
      }
      if (System.nanoTime() - begun > longest.toNanos()) {
        answer.cancel(true);
        throw new IOException("the answer took more than " + longest.toSeconds() + " s");
      }
      if (System.nanoTime() - slowSince > SLOW_NANOS) {
        if (received - slowReceived < SLOW_BYTES) {
          answer.cancel(true);
          throw new IOException("hardly anything arrived for five minutes");
        }
        slowSince = System.nanoTime();
        slowReceived = received;
      }
    }
  }

  private static void throwIfSet(IOException failure) throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  private void throwFailure(HubName name, URI uri, HttpResponse<Void> response) throws IOException {
    int status = response.statusCode();
    switch (status) {
      case 401, 403 ->
          throw new BookendException(
              ErrorCode.HUB_REFUSED,
              name
                  + " is gated, private or does not exist: accept its licence on "
                  + endpoint.getScheme()
                  + "://"
                  + place(endpoint)
                  + "/"
                  + name.repository()
                  + " and set HF_TOKEN");
      case 404 ->
          throw new BookendException(
              ErrorCode.MODEL_NOT_FOUND, name + " is not on " + place(endpoint));
      case 408, 425, 429, 500, 502, 503, 504 ->
          throw busy(place(uri) + " answered with status " + status, response.headers());
      case 407 -> throw unreachable(name, uri, "the proxy wants a name and password", null);
      default ->
          throw new BookendException(
              ErrorCode.HUB_FAILED,
              place(uri) + " answered for " + name + " with status " + status);
    }
  }

  private BookendException unreachable(HubName name, URI uri, String reason, IOException cause) {
    return new BookendException(
        ErrorCode.HUB_UNREACHABLE,
        "cannot reach " + place(uri) + proxies.via(uri) + " for " + name + ": " + reason,
        cause);
  }

  private static IOException busy(String message, HttpHeaders headers) {
    return RetryPause.of(headers)
        .<IOException>map(pause -> new HubBusyException(message, pause))
        .orElseGet(() -> new IOException(message));
  }
}
