package dev.bookend.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.bookend.triton.Endpoint;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Triton's metrics over HTTP, and what may be there instead. */
class PendingRequestsTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String METRICS =
      """
      # HELP nv_inference_pending_request_count Instantaneous number of pending requests.
      # TYPE nv_inference_pending_request_count gauge
      nv_inference_pending_request_count{model="m-stage-1",version="1"} 2
      nv_inference_pending_request_count{model="m-stage-2",version="1"} 1
      nv_inference_pending_request_count{model="m2",version="1"} 7
      nv_inference_queue_duration_us{model="m",version="1"} 5
      nv_inference_pending_request_count{model="n",version="1"} 0
      """;

  @Test
  void aModelsRequestsAreCountedWithThoseOfItsStages() {
    assertEquals(OptionalLong.of(3), PendingRequests.count(METRICS, "m"));
    assertEquals(OptionalLong.of(2), PendingRequests.count(METRICS, "m-stage-1"));
    assertEquals(OptionalLong.of(0), PendingRequests.count(METRICS, "n"));
    assertEquals(OptionalLong.empty(), PendingRequests.count(METRICS, "other"));
    assertEquals(OptionalLong.empty(), PendingRequests.count("<html>", "m"));
  }

  @Test
  void theyAreReadFromTheMetricsPort() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          byte[] body = METRICS.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
    server.start();
    try {
      Endpoint beside = new Endpoint("127.0.0.1", 8001, false);
      assertEquals(
          OptionalLong.of(3),
          PendingRequests.at(beside, server.getAddress().getPort(), "m", LIMIT));
    } finally {
      server.stop(0);
    }
  }

  @Test
  @Timeout(60)
  void aPortThatIsMuteOrClosedHasNone() throws Exception {
    Endpoint beside = new Endpoint("127.0.0.1", 8001, false);
    int port;
    try (ServerSocket mute = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      port = mute.getLocalPort();
      assertTrue(PendingRequests.at(beside, port, "m", Duration.ofMillis(300)).isEmpty());
    }
    assertTrue(PendingRequests.at(beside, port, "m", LIMIT).isEmpty());
  }
}
