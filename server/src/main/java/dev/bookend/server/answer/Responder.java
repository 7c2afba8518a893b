package dev.bookend.server.answer;

import dev.bookend.Bookend;
import dev.bookend.Completion;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.SessionLimits;
import dev.bookend.decoding.RoundTrip;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.EventStream;
import dev.bookend.server.http.Gate;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers requests with completions, piece by piece or as a whole. Safe for use by several threads.
 */
public final class Responder {
  private static final long HEARTBEAT_MILLIS = 5_000;

  private final Vertx vertx;
  private final Bookend bookend;
  private final ExecutorService threads;
  private final AnswerRun.Watcher watcher;
  private final Set<AnswerRun> running = ConcurrentHashMap.newKeySet();
  private final AtomicInteger admitted = new AtomicInteger(); // completions side by side, at most
  private volatile boolean stopping;

  /**
   * Answers with a model's completions.
   *
   * @param threads run the completions, each on its own
   * @param watcher of what they cost
   */
  public Responder(
      Vertx vertx, Bookend bookend, ExecutorService threads, AnswerRun.Watcher watcher) {
    this.vertx = vertx;
    this.bookend = bookend;
    this.threads = threads;
    this.watcher = watcher;
  }

  /** Answers a request with JSON. */
  public void json(RoutingContext request, int status, String body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("content-type", "application/json")
        .end(body);
  }

  /** Answers a request with JSON that takes a while to make, on another thread. */
  public void json(RoutingContext request, Callable<String> body) {
    vertx
        .executeBlocking(body, false)
        .onSuccess(text -> json(request, 200, text))
        .onFailure(request::fail);
  }

  /**
   * Answers a request with completions.
   *
   * @param streamed whether it is told each piece as soon as it is there
   */
  public void answer(
      RoutingContext request, List<AnswerRun.Work> works, AnswerFormat format, boolean streamed) {
    if (stopping) {
      throw ApiException.stopping();
    }
    int workers = admit(works.size());
    Context context = vertx.getOrCreateContext();
    HttpServerResponse response = request.response();
    EventStream stream = new EventStream(context, response, format.streamType());
    if (streamed && !format.heartbeat().isEmpty()) {
      stream.keepAlive(vertx, HEARTBEAT_MILLIS, format.heartbeat());
    }
    boolean[] begun = new boolean[works.size()];
    AnswerRun answer =
        new AnswerRun(
            works,
            workers,
            watcher,
            new AnswerRun.Listener() {
              @Override
              public void piece(int index, Piece piece) {
                if (streamed) {
                  send(begin(index) + format.piece(index, piece));
                }
              }

              @Override
              public void roundTrip(int index, RoundTrip roundTrip) {
                if (streamed) {
                  send(begin(index) + format.roundTrip(index, roundTrip));
                }
              }

              private void send(String text) {
                if (!text.isEmpty()) {
                  stream.send(text);
                }
              }

              private String begin(int index) {
                String text = begun[index] ? "" : format.begin(index);
                begun[index] = true;
                return text;
              }
            },
            new AnswerRun.Ending() {
              @Override
              public void completed(int index, Completion completion) {
                if (streamed) {
                  String before = begun[index] ? "" : format.begin(index);
                  stream.send(before + format.end(index, completion));
                }
              }

              @Override
              public void completed(List<Completion> completions) {
                if (streamed) {
                  stream.send(format.finish(completions));
                  stream.end();
                } else {
                  String whole = format.whole(completions);
                  context.runOnContext(
                      unused -> {
                        if (!response.closed()) {
                          response.putHeader("content-type", format.contentType()).end(whole);
                        }
                      });
                }
              }

              @Override
              public void failed(ApiException error) {
                stream.fail(format.lateError(error), () -> request.fail(error));
              }

              @Override
              public void idle(AnswerRun run) {
                admitted.addAndGet(-workers);
                context.runOnContext(unused -> running.remove(run));
              }
            });
    running.add(answer);
    response.closeHandler(unused -> answer.cancel());
    if (response.closed()) { // the client has hung up already
      answer.cancel();
    }
    answer.start(bookend.withCacheSalt(Gate.cacheSalt(request)), threads);
  }

  /**
   * Lets a request in, or turns it away before anything is done for it. A request for several
   * completions takes up to half of the sessions, so that others are served meanwhile.
   *
   * @return how many of its completions may run side by side
   */
  private synchronized int admit(int completions) {
    SessionLimits limits = bookend.options().sessions();
    int most = limits.mostSessions() + limits.mostWaiting();
    int free = most - admitted.get();
    if (free <= 0) {
      throw ApiException.of(
          new BookendException(
              ErrorCode.TOO_MANY_REQUESTS,
              most + " requests are being answered or wait already; try again in a moment"));
    }
    int wanted = Math.min(completions, Math.max(1, limits.mostSessions() / 2));
    int workers = Math.min(wanted, free);
    admitted.addAndGet(workers);
    return workers;
  }

  /** How many requests are being answered. */
  public int running() {
    return running.size();
  }

  /** Takes no further requests. */
  public void drain() {
    stopping = true;
  }

  /** Whether further requests are refused. */
  public boolean isStopping() {
    return stopping;
  }

  /** Ends the completions that are under way, of which their clients are told. */
  public void stop() {
    running.forEach(AnswerRun::stop);
  }
}
