package dev.bookend.remote;

import dev.bookend.triton.TritonConnection;
import java.security.SecureRandom;

/**
 * A middle where a search has found it. Finding it again, also on the same server, gives another
 * object, so that a failure of the earlier one does not count against the later one.
 *
 * <p>Immutable; safe for use by several threads.
 */
final class LocatedMiddle {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final int server;
  private final TritonConnection connection;
  private final ServedMiddle served;
  private final int hiddenSize;

  /**
   * @param server index of the server among those that were searched
   * @param hiddenSize width of the hidden states, H
   */
  LocatedMiddle(int server, TritonConnection connection, ServedMiddle served, int hiddenSize) {
    this.server = server;
    this.connection = connection;
    this.served = served;
    this.hiddenSize = hiddenSize;
  }

  int server() {
    return server;
  }

  TritonConnection connection() {
    return connection;
  }

  ServedMiddle served() {
    return served;
  }

  /**
   * Begins a sequence, on a stream of its own. The server learns of it with the first step.
   *
   * @param proven whether the session has had right answers before
   */
  RemoteSequence openSequence(boolean proven) {
    long id = Math.max(1, RANDOM.nextLong() & Long.MAX_VALUE);
    return new RemoteSequence(connection.openStream(), served, hiddenSize, id, proven);
  }
}
