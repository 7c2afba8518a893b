package dev.bookend.server.http;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A response that is written piece by piece. It begins with the first piece, so that what goes
 * wrong before that still gets a status of its own. Safe for use by several threads; pieces arrive
 * in the order of the calls of each.
 *
 * <p>A reader who is slower than the model costs memory for what he has not read yet. Beyond a
 * limit the connection is closed.
 */
public final class EventStream {
  private static final long MOST_UNREAD_BYTES = 8L << 20;

  private final Context context;
  private final HttpServerResponse response;
  private final String contentType;
  private final AtomicLong unread = new AtomicLong();
  private long heartbeat = -1;
  private boolean quiet; // whether nothing was written since the last beat
  private boolean over;

  /**
   * A response that has not begun.
   *
   * @param context the one that serves the request
   */
  public EventStream(Context context, HttpServerResponse response, String contentType) {
    this.context = context;
    this.response = response;
    this.contentType = contentType;
  }

  /**
   * Writes a comment, which clients skip, whenever nothing else was written for a while: proxies
   * and clients take a silent connection for a dead one.
   */
  public void keepAlive(Vertx vertx, long millis, String comment) {
    context.runOnContext(
        unused -> {
          if (over) {
            return;
          }
          quiet = true;
          heartbeat =
              vertx.setPeriodic(
                  millis,
                  id -> {
                    if (quiet) {
                      write(comment);
                    }
                    quiet = true;
                  });
        });
  }

  /** Writes a piece; an empty one is none. */
  public void send(String piece) {
    if (piece.isEmpty()) {
      return;
    }
    context.runOnContext(
        unused -> {
          quiet = false;
          write(piece);
        });
  }

  private void write(String piece) {
    if (over || response.closed()) {
      stop();
      return;
    }
    if (!response.headWritten()) {
      response.setChunked(true);
      response.putHeader("content-type", contentType);
      response.putHeader("cache-control", "no-cache");
      response.putHeader("x-accel-buffering", "no"); // nginx would hold pieces back
    }
    int bytes = piece.getBytes(StandardCharsets.UTF_8).length;
    if (unread.getAndAdd(bytes) > MOST_UNREAD_BYTES) { // this piece is not late yet
      stop();
      response.reset();
      return;
    }
    response.write(piece).onComplete(done -> unread.addAndGet(-bytes));
  }

  private void stop() {
    over = true;
    if (heartbeat >= 0) {
      Vertx.currentContext().owner().cancelTimer(heartbeat);
      heartbeat = -1;
    }
  }

  /** Ends the response after what was sent. */
  public void end() {
    context.runOnContext(
        unused -> {
          boolean open = !over && !response.closed();
          stop();
          if (open) {
            response.end();
          }
        });
  }

  /**
   * Ends it with an error: with a status of its own if nothing was written yet.
   *
   * @param late writes the error as a piece, where it is too late for a status
   * @param early answers the request with a status
   */
  public void fail(String late, Runnable early) {
    context.runOnContext(
        unused -> {
          boolean open = !over && !response.closed();
          boolean begun = response.headWritten();
          if (open && begun) {
            write(late);
          }
          stop();
          if (open && begun) {
            response.end();
          } else if (open) {
            early.run();
          }
        });
  }
}
