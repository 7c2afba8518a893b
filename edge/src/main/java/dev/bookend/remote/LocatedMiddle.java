package dev.bookend.remote;

import dev.bookend.triton.TritonConnection;
import java.time.Duration;

/**
 * A middle where a search has found it. Finding it again, also on the same server, gives another
 * object, so that a failure of the earlier one does not count against the later one.
 *
 * <p>Safe for use by several threads.
 */
final class LocatedMiddle {
  // Whoever waits for an answer knows better how long; this only bounds the memory of a stream.
  private static final Duration LONGEST_STEP = Duration.ofHours(1);

  private final int server;
  private final TritonConnection connection;
  private final ServedMiddle served;
  private final int hiddenSize;
  private final ServerPace pace;

  /**
   * @param server index of the server among those that were searched
   * @param hiddenSize width of the hidden states, H
   */
  LocatedMiddle(
      int server,
      TritonConnection connection,
      ServedMiddle served,
      int hiddenSize,
      ServerPace pace) {
    this.server = server;
    this.connection = connection;
    this.served = served;
    this.hiddenSize = hiddenSize;
    this.pace = pace;
  }

  int server() {
    return server;
  }

  TritonConnection connection() {
    return connection;
  }

  /** The server, as messages name it. */
  String name() {
    return connection.name();
  }

  ServedMiddle served() {
    return served;
  }

  ServerPace pace() {
    return pace;
  }

  /**
   * Begins a sequence, on a stream of its own. The server learns of it with the first step.
   *
   * @param id of the sequence; one that has this id on the server already ends with the first step
   * @param proven whether the session has had right answers before
   */
  RemoteSequence openSequence(long id, boolean proven) {
    return new RemoteSequence(
        () -> connection.openStream(served.largestAnswer(hiddenSize)),
        served,
        hiddenSize,
        id,
        LONGEST_STEP,
        proven);
  }
}
