package dev.bookend.export;

import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.ModelStatistics;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.testing.TritonServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Two real Triton servers with the same models, that go and come back on the ports they had. */
final class ServerPair implements AutoCloseable {
  static final int SIZE = 2;

  private final Path repository;
  private final String[] flags;
  private final List<TritonServer> servers = new ArrayList<>();

  /**
   * @param flags further flags of tritonserver
   */
  ServerPair(Path repository, String... flags) {
    this.repository = repository;
    this.flags = flags.clone();
    List<CompletableFuture<TritonServer>> starting = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      starting.add(CompletableFuture.supplyAsync(() -> TritonServer.start(repository, flags)));
    }
    starting.forEach(each -> servers.add(each.join()));
  }

  /** Starts those again that have gone. */
  void restartAll() {
    for (int i = 0; i < SIZE; i++) {
      if (!servers.get(i).isAlive() || servers.get(i).hasAborted()) {
        restart(i);
      }
    }
  }

  TritonServer get(int index) {
    return servers.get(index);
  }

  int[] ports() {
    return servers.stream().mapToInt(TritonServer::port).toArray();
  }

  /** The server that has run a step of a model last. */
  int inUse(String model) {
    long[] last = new long[SIZE];
    for (int i = 0; i < SIZE; i++) {
      try (TritonConnection connection =
          TritonConnection.open(servers.get(i).endpoint(), ConnectionOptions.DEFAULT)) {
        last[i] =
            connection.modelStatistics(model).stream()
                .mapToLong(ModelStatistics::lastInferenceMillis)
                .max()
                .orElse(0);
      }
    }
    return last[0] > last[1] ? 0 : 1;
  }

  /** Starts a server again that has gone. */
  void restart(int index) {
    TritonServer gone = servers.get(index);
    gone.close();
    servers.set(index, TritonServer.start(gone.port(), repository, flags));
  }

  @Override
  public void close() {
    servers.forEach(TritonServer::close);
  }
}
