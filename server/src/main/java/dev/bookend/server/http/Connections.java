package dev.bookend.server.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * A server's connections. One without a request is closed after a while, also where a request
 * trickles in; one more than there may be is closed at once. An answer may take as long as it does.
 * Safe for use by several threads.
 */
public final class Connections {
  private final Vertx vertx;
  private final Limits limits;
  private final Consumer<String> log;
  private final Map<HttpConnection, Connection> open = new ConcurrentHashMap<>();
  private boolean full;

  /**
   * What connections may be.
   *
   * @param most how many at a time
   * @param idle how long one may be without a request
   * @param body how long a request's body may take
   */
  public record Limits(int most, Duration idle, Duration body) {
    /** Far below the files that a process may have open, and as patient as other servers. */
    public static final Limits DEFAULT =
        new Limits(500, Duration.ofSeconds(75), Duration.ofSeconds(120));
  }

  /**
   * No connections yet.
   *
   * @param log is told when there are too many
   */
  public Connections(Vertx vertx, Limits limits, Consumer<String> log) {
    this.vertx = vertx;
    this.limits = limits;
    this.log = log;
  }

  /** A connection has come; to be called on its thread. */
  public void opened(HttpConnection connection) {
    if (open.size() >= limits.most()) {
      connection.close();
      refused();
      return;
    }
    Connection known = new Connection(connection);
    open.put(connection, known);
    connection.closeHandler(
        closed -> {
          known.stop();
          open.remove(connection);
          leftRoom();
        });
    known.waitForRequest();
  }

  private synchronized void refused() {
    if (!full) { // once until there is room again
      full = true;
      log.accept(limits.most() + " connections are open; others are closed at once");
    }
  }

  private synchronized void leftRoom() {
    full = false;
  }

  /** A request has come, of which the body may be under way still. */
  public void request(RoutingContext context) {
    HttpServerRequest request = context.request();
    Connection connection = open.get(request.connection());
    if (connection != null) {
      connection.begin();
      long timer = vertx.setTimer(limits.body().toMillis(), id -> connection.requireWhole(request));
      context.addEndHandler(
          end -> {
            vertx.cancelTimer(timer);
            connection.end();
          });
    }
    context.next();
  }

  /** One of them. */
  private final class Connection {
    private final HttpConnection connection;
    private int requests;
    private long timer = -1;

    Connection(HttpConnection connection) {
      this.connection = connection;
    }

    synchronized void waitForRequest() {
      timer = vertx.setTimer(limits.idle().toMillis(), id -> connection.close());
    }

    synchronized void begin() {
      stop();
      requests++;
    }

    synchronized void end() {
      requests--;
      if (requests == 0) {
        waitForRequest();
      }
    }

    synchronized void stop() {
      if (timer >= 0) {
        vertx.cancelTimer(timer);
        timer = -1;
      }
    }

    void requireWhole(HttpServerRequest request) {
      if (!request.isEnded()) {
        connection.close();
      }
    }
  }
}
