package dev.bookend.model.store;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes the bytes of an answer on the HTTP client's thread. Never throws there: a failure is kept
 * for the thread that waits, and bytes that arrive after it are dropped.
 */
final class Body implements Consumer<Optional<byte[]>> {

  private final ByteSink writer;
  private boolean stopped;
  private volatile IOException failure;
  private volatile long received;

  Body(ByteSink writer) {
    this.writer = writer;
  }

  @Override
  public synchronized void accept(Optional<byte[]> bytes) {
    if (stopped || bytes.isEmpty()) {
      return;
    }
    try {
      writer.write(bytes.get());
      received += bytes.get().length;
    } catch (IOException e) {
      failure = e;
      stopped = true;
    }
  }

  /** No byte is written once this returns. */
  synchronized void stop() {
    stopped = true;
  }

  /** Why writing failed, or null. */
  IOException failure() {
    return failure;
  }

  long received() {
    return received;
  }
}
