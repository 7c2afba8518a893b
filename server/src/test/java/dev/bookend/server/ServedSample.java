package dev.bookend.server;

import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.SessionLimits;
import dev.bookend.TextModel;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.split.SplitOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** The sample model behind a server of its own, and a client. */
public final class ServedSample implements AutoCloseable {
  private final Bookend bookend;
  private final BookendServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  /** Serves the sample model under the name "sample" on any free port. */
  public ServedSample(SessionLimits limits, UnaryOperator<ServerOptions> options) {
    this(SampleModel.open(), limits, options);
  }

  /** Serves some model under that name. */
  public ServedSample(
      Checkpoint checkpoint, SessionLimits limits, UnaryOperator<ServerOptions> options) {
    this(checkpoint, SplitOptions.DEFAULT, limits, options);
  }

  /** The same with its middle somewhere. */
  public ServedSample(
      Checkpoint checkpoint,
      SplitOptions split,
      SessionLimits limits,
      UnaryOperator<ServerOptions> options) {
    bookend =
        Bookend.of(
            TextModel.open(checkpoint, split), BookendOptions.of("sample").withSessions(limits));
    server =
        BookendServer.start(
            bookend,
            options.apply(
                ServerOptions.of("sample")
                    .withAddress("127.0.0.1", 0)
                    .withDrain(Duration.ofSeconds(20))));
  }

  public ServedSample() {
    this(SessionLimits.DEFAULT, options -> options);
  }

  public Bookend bookend() {
    return bookend;
  }

  public String url() {
    return server.url();
  }

  public int port() {
    return server.port();
  }

  /** How many requests are being answered. */
  public int running() {
    return server.running();
  }

  /** Stops listening; the model stays open. */
  public void stop() {
    server.close();
  }

  public HttpResponse<String> post(String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return send(request.build());
  }

  public HttpResponse<String> get(String path, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return send(request.build());
  }

  public HttpResponse<String> head(String path) {
    return send(
        HttpRequest.newBuilder(URI.create(url() + path))
            .method("HEAD", HttpRequest.BodyPublishers.noBody())
            .build());
  }

  public HttpResponse<String> options(String path, String... headers) {
    return send(
        HttpRequest.newBuilder(URI.create(url() + path))
            .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
            .headers(headers)
            .build());
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The data of a stream's events, in order. */
  public static List<String> events(HttpResponse<String> response) {
    return response
        .body()
        .lines()
        .filter(line -> line.startsWith("data: "))
        .map(line -> line.substring(6))
        .toList();
  }

  @Override
  public void close() {
    server.close();
    bookend.close();
  }
}
