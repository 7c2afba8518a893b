package dev.bookend.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private final Vertx vertx = Vertx.vertx();
  private final List<String> log = new CopyOnWriteArrayList<>();
  private HttpServer server;

  @BeforeEach
  void listen() {
    Connections connections =
        new Connections(
            vertx,
            new Connections.Limits(2, Duration.ofMillis(300), Duration.ofMillis(300)),
            log::add);
    Router router = Router.router(vertx);
    router.route().handler(connections::request);
    router.get("/").handler(context -> context.response().end("ok"));
    router
        .get("/slow")
        .handler(context -> vertx.setTimer(1_000, id -> context.response().end("ok")));
    router.post("/").handler(context -> context.request().body().onSuccess(b -> context.end()));
    server =
        vertx
            .createHttpServer(
                new HttpServerOptions().setHttp2ClearTextEnabled(false)) // as the server
            .connectionHandler(connections::opened)
            .requestHandler(router)
            .listen(0, "127.0.0.1")
            .await();
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
    socket.setSoTimeout(30_000);
    return socket;
  }

  /** All that comes until the server closes the connection. */
  private static String rest(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aConnectionWithoutARequestIsClosed() throws IOException {
    try (Socket socket = connect()) {
      assertEquals("", rest(socket));
    }
  }

  @Test
  void aConnectionIsClosedAWhileAfterItsLastAnswer() throws IOException {
    try (Socket socket = connect()) {
      send(socket, REQUEST);
      assertTrue(rest(socket).endsWith("ok"));
    }
  }

  @Test
  void anAnswerMayTakeLongerThanAConnectionMayBeIdle() throws IOException {
    try (Socket socket = connect()) {
      send(socket, REQUEST.replace("/ ", "/slow "));
      assertTrue(rest(socket).endsWith("ok"));
    }
  }

  @Test
  void aHeaderOrABodyThatTricklesInIsGivenUp() throws IOException {
    try (Socket header = connect();
        Socket body = connect()) {
      send(header, "GET / HTTP/1.1\r\nHost:");
      send(body, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\na");
      assertEquals("", rest(header));
      assertEquals("", rest(body));
    }
  }

  @Test
  void oneMoreThanThereMayBeIsClosedAndTold() throws IOException, InterruptedException {
    try (Socket first = connect();
        Socket second = connect()) {
      send(first, REQUEST.replace("/ ", "/slow "));
      send(second, REQUEST.replace("/ ", "/slow "));
      Thread.sleep(100);
      try (Socket third = connect()) {
        assertEquals("", rest(third));
      }
      assertTrue(rest(first).endsWith("ok"));
      assertTrue(rest(second).endsWith("ok"));
      assertEquals(List.of("2 connections are open; others are closed at once"), log);
    }
  }
}
