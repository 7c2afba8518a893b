package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.Fingerprint;
import dev.bookend.model.checkpoint.TensorPlace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Fetches the first bytes of tensors, of which the model's fingerprint is made: edge and cloud
 * compare it, so an edge must know it for layers too that it does not have.
 *
 * @param files the model's files, by name
 */
record HeadsFetch(Repository repository, Retries retries, Tally tally, Map<String, HubFile> files) {
  private static final int CONNECTIONS = 8;

  /** Bounds memory and requests. */
  private static final int MOST = 100_000;

  /** How many bytes that takes. */
  static long bytes(List<TensorPlace> places) {
    return places.stream().mapToLong(HeadsFetch::bytes).sum();
  }

  private static long bytes(TensorPlace place) {
    return Math.min(Fingerprint.HEAD, place.bytes());
  }

  /** Fetches them, over several connections. */
  Map<TensorPlace, byte[]> fetch(List<TensorPlace> places) throws IOException {
    if (places.size() > MOST) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          repository.name() + " has more than " + MOST + " tensors, which no model here has");
    }
    ExecutorService workers =
        Executors.newFixedThreadPool(
            CONNECTIONS,
            task -> {
              Thread thread = new Thread(task, "bookend-heads");
              thread.setDaemon(true);
              return thread;
            });
    try {
      Map<TensorPlace, Future<byte[]>> running = new LinkedHashMap<>();
      for (TensorPlace place : places) {
        running.put(place, workers.submit(() -> fetch(place)));
      }
      Map<TensorPlace, byte[]> heads = new LinkedHashMap<>();
      for (Map.Entry<TensorPlace, Future<byte[]>> entry : running.entrySet()) {
        heads.put(entry.getKey(), entry.getValue().get());
        tally.report();
      }
      return heads;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BookendException(
          ErrorCode.CANCELLED, "fetching " + repository.name() + " was interrupted", e);
    } finally {
      workers.shutdownNow();
    }
  }

  private byte[] fetch(TensorPlace place) throws IOException {
    HubFile file = files.get(place.file());
    long to = place.offset() + bytes(place);
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    retries.run(
        () -> {
          repository.read(
              file,
              place.offset() + head.size(),
              to,
              bytes -> {
                head.writeBytes(bytes);
                tally.add(bytes.length);
              });
          if (place.offset() + head.size() < to) {
            throw new IOException(file.path() + " ended early");
          }
          return null;
        },
        head::size);
    return head.toByteArray();
  }
}
