package dev.bookend.diagnosis;

import dev.bookend.triton.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads from Triton's metrics how many requests wait: {@code nv_inference_pending_request_count},
 * which counts those that no backend has begun, so also those that wait for a place. (Its queue
 * durations count only requests that have left the queue.)
 */
final class PendingRequests {
  private static final int MOST_BYTES = 4 << 20;
  private static final Pattern LINE =
      Pattern.compile(
          "^nv_inference_pending_request_count\\{([^}\\n]*)\\} ([0-9.e+]{1,20})$",
          Pattern.MULTILINE);

  private PendingRequests() {}

  /**
   * Asks the metrics port beside a gRPC endpoint, without encryption and without any header.
   *
   * @param longest how long that may take
   * @return empty where there are no such metrics
   */
  static OptionalLong at(Endpoint endpoint, int port, String model, Duration longest) {
    long end = System.nanoTime() + longest.toNanos();
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://" + endpoint.host() + ":" + port + "/metrics")
                  .toURL()
                  .openConnection(Proxy.NO_PROXY);
      int millis = (int) Math.max(1, longest.toMillis() / 2);
      connection.setConnectTimeout(millis);
      connection.setReadTimeout(millis);
      connection.setInstanceFollowRedirects(false);
      try {
        return connection.getResponseCode() == HttpURLConnection.HTTP_OK
            ? count(read(connection.getInputStream(), end), model)
            : OptionalLong.empty();
      } finally {
        connection.disconnect();
      }
    } catch (IOException | IllegalArgumentException e) {
      return OptionalLong.empty(); // there need not be metrics
    }
  }

  private static String read(InputStream in, long end) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    byte[] piece = new byte[8 << 10];
    for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
      text.write(piece, 0, count);
      if (text.size() > MOST_BYTES || System.nanoTime() - end > 0) {
        throw new IOException("the metrics have no end");
      }
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  /** How many requests wait for a model, or for one of an ensemble's stages. */
  static OptionalLong count(String metrics, String model) {
    OptionalLong sum = OptionalLong.empty();
    Pattern name = Pattern.compile("model=\"" + Pattern.quote(model) + "(-stage-[0-9]+)?\"");
    for (Matcher line = LINE.matcher(metrics); line.find(); ) {
      if (name.matcher(line.group(1)).find()) {
        try {
          sum = OptionalLong.of(sum.orElse(0) + (long) Double.parseDouble(line.group(2)));
        } catch (NumberFormatException e) {
          return OptionalLong.empty();
        }
      }
    }
    return sum;
  }
}
