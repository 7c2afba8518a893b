package dev.bookend.server.page;

import com.google.gson.JsonObject;
import dev.bookend.Bookend;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.evaluation.attack.PromptReader;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.EventStream;
import dev.bookend.server.http.Parameters;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Reads the last message of a conversation out of the hidden states that the cloud receives, and
 * tells how far it has come. One at a time: it computes as much as several answers do. Ends where
 * the client hangs up, or the server is about to.
 */
final class PromptAttack implements AutoCloseable {
  private static final long HEARTBEAT_MILLIS = 5_000;
  private static final long TELL_NANOS = 50_000_000; // each time it is all that was read

  private final Vertx vertx;
  private final Bookend bookend;
  private final ExecutorService threads;
  private final BooleanSupplier stopping;
  private final PromptReader reader;
  private final AtomicBoolean busy = new AtomicBoolean();

  PromptAttack(Vertx vertx, Bookend bookend, ExecutorService threads, BooleanSupplier stopping) {
    this.vertx = vertx;
    this.bookend = bookend;
    this.threads = threads;
    this.stopping = stopping;
    this.reader = new PromptReader(bookend.model());
  }

  void answer(RoutingContext request) {
    Parameters parameters = Parameters.read(request);
    PageMessages messages = PageMessages.read(parameters);
    parameters.requireKnown();
    if (stopping.getAsBoolean()) {
      throw ApiException.stopping();
    }
    if (!busy.compareAndSet(false, true)) {
      throw ApiException.of(
          new BookendException(
              ErrorCode.TOO_MANY_REQUESTS, "an attack is running already; try again in a moment"));
    }
    Context context = vertx.getOrCreateContext();
    HttpServerResponse response = request.response();
    EventStream stream = new EventStream(context, response, PageEvents.TYPE);
    stream.keepAlive(vertx, HEARTBEAT_MILLIS, PageEvents.HEARTBEAT);
    AtomicBoolean hungUp = new AtomicBoolean();
    response.closeHandler(unused -> hungUp.set(true));
    try {
      threads.execute(
          () -> {
            try {
              attack(messages, stream, () -> hungUp.get() || stopping.getAsBoolean());
              stream.end();
            } catch (CancellationException e) {
              fail(request, stream, ApiException.stopping());
            } catch (RuntimeException | Error e) {
              fail(request, stream, ApiException.of(e));
            } finally {
              busy.set(false);
            }
          });
    } catch (RejectedExecutionException e) {
      busy.set(false);
      throw ApiException.stopping();
    }
  }

  private static void fail(RoutingContext request, EventStream stream, ApiException error) {
    stream.fail(PageEvents.error(error), () -> request.fail(error));
  }

  private void attack(PageMessages messages, EventStream stream, BooleanSupplier stopped) {
    PageMessages.Tokens prompt = messages.tokens(bookend::tokens);
    int[] ids = prompt.ids();
    int[] read = new int[ids.length];
    long start = System.nanoTime();
    int[] recovered =
        reader.read(
            ids,
            new PromptReader.Listener() {
              private long told = start;

              @Override
              public void onPreparing(long done, long total) {
                check(stopped);
                stream.send(PageEvents.of("preparing", progress(done, total)));
              }

              @Override
              public void onToken(int position, int token) {
                check(stopped);
                read[position] = token;
                if (System.nanoTime() - told > TELL_NANOS) {
                  told = System.nanoTime();
                  JsonObject progress = progress(position + 1, ids.length);
                  progress.addProperty(
                      "text", text(read, prompt.from(), Math.min(position + 1, prompt.to())));
                  stream.send(PageEvents.of("reading", progress));
                }
              }
            });
    int right = 0;
    for (int i = prompt.from(); i < prompt.to(); i++) {
      right += recovered[i] == ids[i] ? 1 : 0;
    }
    JsonObject end = progress(right, prompt.to() - prompt.from());
    end.addProperty("text", text(recovered, prompt.from(), prompt.to()));
    end.addProperty("seconds", (System.nanoTime() - start) / 1e9);
    stream.send(PageEvents.of("end", end));
  }

  private static void check(BooleanSupplier stopped) {
    if (stopped.getAsBoolean()) {
      throw new CancellationException();
    }
  }

  private String text(int[] tokens, int from, int to) {
    return from < to
        ? bookend.withTokenizer(tokenizer -> tokenizer.decode(Arrays.copyOfRange(tokens, from, to)))
        : "";
  }

  private static JsonObject progress(long done, long total) {
    JsonObject progress = new JsonObject();
    progress.addProperty("done", done);
    progress.addProperty("of", total);
    return progress;
  }

  @Override
  public void close() {
    reader.close();
  }
}
