package dev.bookend.remote;

import dev.bookend.triton.ModelStatistics.StatisticDuration;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import java.util.List;

/**
 * What the sessions of one edge have sent and received, and what the server has computed. Safe for
 * use by several threads.
 */
public final class CloudStatistics {
  private final List<TritonConnection> connections;
  private final MiddleLocator locator;

  /**
   * @param connections to all servers
   * @param locator says which of them is in use
   */
  public CloudStatistics(List<TritonConnection> connections, MiddleLocator locator) {
    this.connections = List.copyOf(connections);
    this.locator = locator;
  }

  /** Bytes of the messages sent to the cloud so far, by all sessions. */
  public long bytesSent() {
    return connections.stream().mapToLong(TritonConnection::bytesSent).sum();
  }

  /** Bytes of the messages received from the cloud so far, by all sessions. */
  public long bytesReceived() {
    return connections.stream().mapToLong(TritonConnection::bytesReceived).sum();
  }

  /**
   * Asks the servers in use how long they have computed so far; one round trip each. Zero for one
   * that keeps no statistics, or does not answer.
   */
  public CloudTime cloudTime() {
    long requests = 0;
    long nanos = 0;
    long queue = 0;
    for (LocatedMiddle middle : CloudException.crossing(locator::inUse)) {
      CloudTime one = cloudTime(middle);
      requests += one.requests();
      nanos += one.nanos();
      queue += one.queueNanos();
    }
    return new CloudTime(requests, nanos, queue);
  }

  private static CloudTime cloudTime(LocatedMiddle middle) {
    try {
      long requests = 0;
      long nanos = 0;
      long queue = 0;
      TritonConnection connection = middle.connection().within(middle.pace().probeLimit());
      for (var statistics : connection.modelStatistics(middle.served().model())) {
        var inference = statistics.inferenceStats();
        requests += inference.success().count();
        queue += inference.queue().nanoseconds();
        for (StatisticDuration part :
            List.of(
                inference.queue(),
                inference.computeInput(),
                inference.computeInfer(),
                inference.computeOutput())) {
          nanos += part.nanoseconds();
        }
      }
      return new CloudTime(requests, nanos, queue);
    } catch (TritonException e) {
      return new CloudTime(0, 0, 0);
    }
  }
}
