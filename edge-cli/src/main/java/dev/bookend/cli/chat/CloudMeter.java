package dev.bookend.cli.chat;

import dev.bookend.error.BookendException;
import dev.bookend.remote.CloudStatistics;
import dev.bookend.remote.CloudTime;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks the cloud after each answer how long it has computed, without anybody waiting for it. The
 * call itself is small, so the time it takes is a round trip of the network. Safe for use by
 * several threads.
 */
final class CloudMeter implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "bookend-cloud-meter");
            made.setDaemon(true);
            return made;
          });

  /**
   * A reading.
   *
   * @param total what the cloud has computed so far
   * @param roundTripMillis how long it took to ask
   */
  record Reading(CloudTime total, double roundTripMillis) {}

  /** Asks; the answer comes later, and is empty where the cloud cannot be asked. */
  CompletableFuture<Optional<Reading>> read(CloudStatistics cloud) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            CloudTime total = cloud.cloudTime();
            long start = System.nanoTime(); // the first call may have had to connect
            total = cloud.cloudTime();
            return Optional.of(new Reading(total, (System.nanoTime() - start) / 1e6));
          } catch (BookendException e) {
            return Optional.empty();
          }
        },
        thread);
  }

  /** Waits for a reading, but not long. */
  static Optional<Reading> await(CompletableFuture<Optional<Reading>> reading) {
    try {
      return reading.get(3, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException | TimeoutException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
