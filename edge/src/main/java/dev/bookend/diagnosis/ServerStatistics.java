package dev.bookend.diagnosis;

import dev.bookend.remote.CloudServer;
import dev.bookend.triton.ModelConfiguration;
import dev.bookend.triton.ModelStatistics;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a server has counted, where it says so: not every server does, and none is worse for that.
 *
 * @param metricsPort where the server's metrics are, on the same host
 */
record ServerStatistics(CloudServer server, TritonConnection connection, int metricsPort) {

  /** The counts of a model, all clients' requests together. */
  Optional<ModelStatistics> of(ModelConfiguration model) {
    try {
      return connection.modelStatistics(model.name()).stream().findFirst();
    } catch (TritonException e) {
      return Optional.empty();
    }
  }

  /**
   * Why a first step has no answer.
   *
   * @param before the counts before it was sent
   * @param waited how long its answer has been waited for
   * @param longest how long the metrics may take
   */
  Occupancy occupancy(
      ModelConfiguration model,
      Optional<ModelStatistics> before,
      Duration waited,
      Duration longest) {
    if (!ready(model)) {
      return new Occupancy(false, "and the server says that the model is not ready");
    }
    return Occupancy.of(
        model,
        before,
        of(model),
        pending(model.name(), longest),
        waited,
        System.currentTimeMillis());
  }

  /** Newer servers look whether the python backend's process lives. */
  private boolean ready(ModelConfiguration model) {
    try {
      return connection.modelReady(model.name());
    } catch (TritonException e) {
      return true;
    }
  }

  /** A server behind a tunnel shows only the port that the tunnel leads to. */
  private OptionalLong pending(String model, Duration longest) {
    return server.sshHost().isPresent() || longest.isNegative()
        ? OptionalLong.empty()
        : PendingRequests.at(server.endpoint(), metricsPort, model, longest);
  }
}
