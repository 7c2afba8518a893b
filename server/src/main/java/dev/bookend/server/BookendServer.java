package dev.bookend.server;

import static java.time.ZoneOffset.UTC;

import com.google.gson.JsonObject;
import dev.bookend.Bookend;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.VisibleText;
import dev.bookend.server.answer.Responder;
import dev.bookend.server.answer.ServedModel;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Connections;
import dev.bookend.server.http.Gate;
import dev.bookend.server.http.Ids;
import dev.bookend.server.metrics.ServerMetrics;
import dev.bookend.server.ollama.OllamaApi;
import dev.bookend.server.ollama.OllamaErrors;
import dev.bookend.server.openai.OpenAiApi;
import dev.bookend.server.openai.OpenAiErrors;
import dev.bookend.server.page.Page;
import dev.bookend.server.responses.ResponsesApi;
import dev.bookend.server.tokenizer.TokenizerApi;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * A split model behind HTTP: OpenAI's API and Ollama's, for other programs' clients, and a page for
 * people. Listens from {@link #start} until it is closed. Safe for use by several threads.
 */
public final class BookendServer implements AutoCloseable {
  /** Far more than any prompt that a model could take. */
  private static final long MOST_BODY_BYTES = 4L << 20;

  private static final System.Logger LOG = System.getLogger(BookendServer.class.getName());
  private static final String ERROR = "error";
  private static final long POLL_MILLIS = 50;
  private static final int HUNG_UP = 499; // nginx's status of a request whose client did not wait

  private final ServerOptions options;
  private final Vertx vertx;
  private final ExecutorService threads;
  private final ServerMetrics metrics;
  private final Connections connections;
  private final Responder responder;
  private final Page page;
  private final Router router;
  private final HttpServer server;
  private final AtomicBoolean closed = new AtomicBoolean();

  private BookendServer(Bookend bookend, ServerOptions options) {
    this.options = options;
    AtomicInteger count = new AtomicInteger();
    this.threads =
        Executors.newCachedThreadPool(
            task -> new Thread(task, "bookend-request-" + count.incrementAndGet()));
    VertxOptions quiet = new VertxOptions();
    quiet.getFileSystemOptions().setClassPathResolvingEnabled(false).setFileCachingEnabled(false);
    this.vertx = Vertx.vertx(quiet);
    this.metrics = new ServerMetrics(bookend, this::running);
    this.responder = new Responder(vertx, bookend, threads, metrics);
    this.connections = new Connections(vertx, Connections.Limits.DEFAULT, options.accessLog());
    ServedModel model = new ServedModel(bookend, options.names(), Instant.now());
    this.page = new Page(vertx, model, responder, threads);
    this.router = router(model);
    this.server =
        vertx
            .createHttpServer(http(options))
            .connectionHandler(connections::opened)
            .requestHandler(router);
  }

  /**
   * Listens.
   *
   * @param bookend answers; stays open when this is closed
   * @throws BookendException of code {@link ErrorCode#SETTING_INVALID} if the address cannot be
   *     listened on, or the certificate cannot be used
   */
  public static BookendServer start(Bookend bookend, ServerOptions options) {
    BookendServer server = new BookendServer(bookend, options);
    try {
      server.server.listen(options.port(), options.host()).await();
      return server;
    } catch (Exception e) { // also checked ones, as BindException
      server.release();
      throw cannotListen(options, e);
    }
  }

  /**
   * Sees whether an address can be listened on now: worth it before a model is opened.
   *
   * @throws BookendException as {@link #start}, if it cannot
   */
  public static void requireFree(ServerOptions options) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true); // as the server itself does
      socket.bind(new InetSocketAddress(options.host(), options.port()));
    } catch (IOException | RuntimeException e) {
      throw cannotListen(options, e);
    }
  }

  private static BookendException cannotListen(ServerOptions options, Exception cause) {
    return new BookendException(
        ErrorCode.SETTING_INVALID,
        "cannot listen on %s:%d: %s"
            .formatted(options.host(), options.port(), String.valueOf(cause.getMessage())),
        cause);
  }

  private static HttpServerOptions http(ServerOptions options) {
    // Java's own client asks for HTTP/2 in each request's header; plain HTTP stays HTTP/1.1.
    HttpServerOptions http = new HttpServerOptions().setHttp2ClearTextEnabled(false);
    options
        .tls()
        .ifPresent(
            tls ->
                http.setSsl(true)
                    .setUseAlpn(true)
                    .setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"))
                    .setKeyCertOptions(
                        new PemKeyCertOptions()
                            .setCertPath(tls.certificates().toString())
                            .setKeyPath(tls.key().toString())));
    return http;
  }

  private Router router(ServedModel model) {
    Router routes = Router.router(vertx);
    routes.route().handler(connections::request);
    routes.route().handler(this::log);
    routes.route().handler(BookendServer::addHeaders);
    routes.get("/healthz").handler(request -> text(request, 200, "ok\n"));
    routes
        .get("/readyz")
        .handler(
            request -> {
              boolean ready = !responder.isStopping();
              text(request, ready ? 200 : 503, ready ? "ready\n" : "stopping\n");
            });
    routes
        .get("/metrics")
        .handler(
            request ->
                request
                    .response()
                    .putHeader("content-type", metrics.contentType())
                    .end(metrics.text()));
    Gate gate =
        new Gate(
            options.keys(), options.origins(), Gate.isLoopback(options.host()), Page::isPublic);
    routes.route().handler(gate::check);
    routes.route().handler(BookendServer::takeBodyAsItIs);
    routes.route().handler(BodyHandler.create(false).setBodyLimit(MOST_BODY_BYTES));
    new OpenAiApi(model, responder).mount(routes);
    new ResponsesApi(model, responder).mount(routes);
    new OllamaApi(model, responder).mount(routes);
    new TokenizerApi(model, responder).mount(routes);
    page.mount(routes);
    routes.route().failureHandler(this::fail);
    routes.errorHandler(404, request -> fail(request, ApiException.notFound(path(request))));
    routes.errorHandler(
        405,
        request -> {
          request.response().putHeader("allow", allowed(routes, request.normalizedPath()));
          String method = request.request().method().name();
          fail(request, ApiException.wrongMethod(method, request.normalizedPath()));
        });
    for (Route route : routes.getRoutes()) { // RFC 9110: whoever knows GET knows HEAD
      if (route.methods() != null && route.methods().contains(HttpMethod.GET)) {
        route.method(HttpMethod.HEAD);
      }
    }
    return routes;
  }

  /**
   * Bodies are JSON, whatever their header says: curl's {@code -d} calls them a form, which would
   * be taken apart, and refused where it is long or has a percent sign.
   */
  private static void takeBodyAsItIs(RoutingContext request) {
    request.request().headers().remove("content-type");
    request.next();
  }

  private static String allowed(Router routes, String path) {
    return routes.getRoutes().stream()
        .filter(route -> path.equals(route.getPath()) && route.methods() != null)
        .flatMap(route -> route.methods().stream())
        .map(HttpMethod::name)
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String path(RoutingContext request) {
    return request.request().method() + " " + request.normalizedPath();
  }

  private static void text(RoutingContext request, int status, String text) {
    request.response().setStatusCode(status).putHeader("content-type", "text/plain").end(text);
  }

  /** One line for each request, once it is over; nothing of what was asked and answered. */
  private void log(RoutingContext request) {
    long start = System.nanoTime();
    request.addEndHandler(
        end -> {
          boolean unanswered = !end.succeeded() && !request.response().headWritten();
          int status = unanswered ? HUNG_UP : request.response().getStatusCode();
          metrics.request(route(request), status);
          options
              .accessLog()
              .accept(
                  String.format(
                      Locale.ROOT,
                      "%s %s %d %.0f ms%s",
                      request.request().method(),
                      request.normalizedPath(),
                      status,
                      (System.nanoTime() - start) / 1e6,
                      end.succeeded() ? reason(request) : ", hung up"));
        });
    request.next();
  }

  /** Why the server could not answer, for whoever looks after it. */
  private static String reason(RoutingContext request) {
    return request.get(ERROR) instanceof ApiException error && error.status() >= 500
        ? ": " + VisibleText.line(reason(error))
        : "";
  }

  private static String reason(ApiException error) {
    Throwable cause = error.getCause();
    return cause == null || cause instanceof BookendException
        ? error.getMessage()
        : error.getMessage() + " (" + cause.getClass().getName() + ")";
  }

  /** What every answer says of itself. */
  private static void addHeaders(RoutingContext request) {
    request
        .response()
        .putHeader("date", DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(UTC)))
        .putHeader("x-request-id", Ids.next("req_"));
    request.next();
  }

  /** The path that a request is counted under: those of no route have one together. */
  private String route(RoutingContext request) {
    String path = request.normalizedPath();
    return router.getRoutes().stream()
        .map(Route::getPath)
        .filter(known -> known != null && (known.equals(path) || isBelow(known, path)))
        .findFirst()
        .orElse("other");
  }

  private static boolean isBelow(String known, String path) {
    String directory = known.endsWith("*") ? known.substring(0, known.length() - 1) : known;
    return directory.length() > 1 && directory.endsWith("/") && path.startsWith(directory);
  }

  private void fail(RoutingContext request) {
    Throwable failure = request.failure();
    if (failure == null || request.statusCode() == 413) {
      fail(
          request,
          request.statusCode() == 413
              ? ApiException.tooLarge(MOST_BODY_BYTES)
              : ApiException.malformed("the request cannot be read"));
    } else if (isUnreadable(request) && !(failure instanceof ApiException)) {
      fail(request, ApiException.malformed("the request is no HTTP that can be read"));
    } else {
      fail(request, ApiException.of(failure));
    }
  }

  /** What the HTTP server itself finds wrong, as an impossible host, or a body in broken chunks. */
  private static boolean isUnreadable(RoutingContext request) {
    int status = request.statusCode();
    return (status >= 400 && status < 500) || !request.request().isEnded();
  }

  private void fail(RoutingContext request, ApiException error) {
    request.put(ERROR, error);
    if (error.status() == 500) {
      LOG.log(System.Logger.Level.WARNING, "a request failed", error.getCause());
    }
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed() || response.headWritten()) {
      return;
    }
    error
        .retryAfterSeconds()
        .ifPresent(seconds -> response.putHeader("retry-after", String.valueOf(seconds)));
    if (error.status() == 401) {
      response.putHeader("www-authenticate", "Bearer");
    }
    boolean ollama = request.normalizedPath().startsWith(OllamaApi.ROOT);
    JsonObject body = ollama ? OllamaErrors.of(error) : OpenAiErrors.of(error);
    responder.json(request, error.status(), body.toString());
  }

  /** The port that it listens on. */
  public int port() {
    return server.actualPort();
  }

  private static boolean isAnyAddress(String host) {
    return host.equals("0.0.0.0") || host.equals("::");
  }

  /** How many requests are being answered. */
  public int running() {
    return responder.running();
  }

  /** Where clients find it; those of this machine, if it listens on all addresses. */
  public String url() {
    String host = options.host();
    if (isAnyAddress(host)) {
      host = host.contains(":") ? "::1" : "127.0.0.1";
    }
    if (host.contains(":")) {
      host = "[" + host + "]";
    }
    return (options.tls().isPresent() ? "https" : "http") + "://" + host + ":" + port();
  }

  /**
   * Refuses further requests, waits for the answers that are under way as long as the options
   * allow, ends the rest, and stops listening.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    responder.drain();
    long end = System.nanoTime() + options.drain().toNanos();
    try {
      while (responder.running() > 0 && System.nanoTime() < end) {
        Thread.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    responder.stop();
    release();
  }

  private void release() {
    threads.shutdown();
    try {
      boolean ended = threads.awaitTermination(10, TimeUnit.SECONDS);
      if (ended) {
        page.close();
      }
      LOG.log(System.Logger.Level.DEBUG, ended ? "all requests ended" : "requests did not end");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    vertx.close().await();
  }
}
