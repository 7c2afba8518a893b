package dev.bookend.server.metrics;

import dev.bookend.Bookend;
import dev.bookend.Completion;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.RoundTrip;
import dev.bookend.remote.CloudStatistics;
import dev.bookend.server.answer.AnswerRun;
import dev.bookend.speculation.DraftMerger.Contribution;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * The server's metrics in Prometheus's text format. Times are in seconds, sizes in bytes, as
 * Prometheus wants them. Safe for use by several threads.
 */
public final class ServerMetrics implements AnswerRun.Watcher {
  private static final double[] ROUND_TRIP_SECONDS = {
    .01, .02, .04, .06, .08, .1, .12, .16, .2, .3, .5, 1, 2, 5, 15, 60
  };
  private static final double[] FIRST_TOKEN_SECONDS = {.05, .1, .2, .4, .8, 1.5, 3, 6, 12, 30, 60};
  private static final double[] TOKENS = {1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32};

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();

  private final Counter requests =
      Counter.builder()
          .name("bookend_requests_total")
          .help("Requests by path and HTTP status.")
          .labelNames("path", "status")
          .register(registry);
  private final Counter promptTokens =
      Counter.builder()
          .name("bookend_prompt_tokens_total")
          .help("Tokens of prompts; those in a cache as well.")
          .register(registry);
  private final Counter cachedTokens =
      Counter.builder()
          .name("bookend_cached_prompt_tokens_total")
          .help("Tokens of prompts that a session held already.")
          .register(registry);
  private final Counter generatedTokens =
      Counter.builder()
          .name("bookend_generated_tokens_total")
          .help("Tokens of answers.")
          .register(registry);
  private final Counter reconnects =
      Counter.builder()
          .name("bookend_reconnects_total")
          .help("How often the cloud was lost and found again.")
          .register(registry);
  private final Counter sentDrafts =
      Counter.builder()
          .name("bookend_draft_tokens_total")
          .help("Draft tokens that were sent, by the drafter that proposed them.")
          .labelNames("drafter")
          .register(registry);
  private final Counter acceptedDrafts =
      Counter.builder()
          .name("bookend_accepted_draft_tokens_total")
          .help("Draft tokens that the model agreed with.")
          .labelNames("drafter")
          .register(registry);
  private final Histogram roundTrips =
      Histogram.builder()
          .name("bookend_round_trip_seconds")
          .help("How long a verification took, with the edge's own computation.")
          .classicUpperBounds(ROUND_TRIP_SECONDS)
          .classicOnly()
          .register(registry);
  private final Histogram edge =
      Histogram.builder()
          .name("bookend_edge_seconds")
          .help(
              "Embedding, lower and upper layers and LM head, for each round trip; of one answer all have its average.")
          .classicUpperBounds(ROUND_TRIP_SECONDS)
          .classicOnly()
          .register(registry);
  private final Histogram firstTokens =
      Histogram.builder()
          .name("bookend_time_to_first_token_seconds")
          .help("From taking a session to the first token.")
          .classicUpperBounds(FIRST_TOKEN_SECONDS)
          .classicOnly()
          .register(registry);
  private final Histogram tokens =
      Histogram.builder()
          .name("bookend_tokens_per_round_trip")
          .help("Tokens that a round trip added to an answer.")
          .classicUpperBounds(TOKENS)
          .classicOnly()
          .register(registry);

  /**
   * Metrics of a server.
   *
   * @param running how many requests are being answered
   */
  public ServerMetrics(Bookend bookend, IntSupplier running) {
    CloudStatistics cloud = bookend.model().model().statistics();
    counted("bookend_sent_bytes_total", "Bytes sent to the cloud.", cloud::bytesSent);
    counted("bookend_received_bytes_total", "Bytes received from the cloud.", cloud::bytesReceived);
    gauge("bookend_requests_running", "Requests that are being answered.", running);
    gauge("bookend_sessions", "Sessions, at work or idle.", bookend::sessions);
    gauge("bookend_requests_waiting", "Completions that wait for a session.", bookend::waiting);
  }

  private void counted(String name, String help, LongSupplier value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call((double) value.getAsLong()))
        .register(registry);
  }

  private void gauge(String name, String help, IntSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsInt()))
        .register(registry);
  }

  /**
   * A request is over.
   *
   * @param path one of the server's own, not what a client has written
   */
  public void request(String path, int status) {
    requests.labelValues(path, String.valueOf(status)).inc();
  }

  @Override
  public void roundTrip(RoundTrip roundTrip) {
    roundTrips.observe(roundTrip.millis() / 1e3);
    tokens.observe(roundTrip.tokens().size());
  }

  @Override
  public void completion(Completion completion) {
    DecodingMetrics metrics = completion.metrics();
    promptTokens.inc(completion.promptTokens().size());
    cachedTokens.inc(completion.cachedPromptTokens());
    generatedTokens.inc(completion.tokens().size());
    reconnects.inc(metrics.counts().reconnects());
    if (!completion.tokens().isEmpty()) {
      firstTokens.observe(metrics.times().firstToken() / 1e3);
    }
    int count = metrics.counts().roundTrips();
    for (int i = 0; i < count; i++) {
      edge.observe(metrics.times().edge() / 1e3 / count);
    }
    for (Contribution drafter : metrics.drafters()) {
      sentDrafts.labelValues(drafter.drafter()).inc(drafter.sent());
      acceptedDrafts.labelValues(drafter.drafter()).inc(drafter.accepted());
    }
  }

  /** All of them now. */
  public String text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      writer.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /** The content type of {@link #text}. */
  public String contentType() {
    return writer.getContentType();
  }
}
