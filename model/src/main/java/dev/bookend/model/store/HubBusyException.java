package dev.bookend.model.store;

import java.io.IOException;
import java.time.Duration;

/** A server that asks for a pause before the next request. */
final class HubBusyException extends IOException {
  private static final long serialVersionUID = 1;

  private final Duration pause;

  HubBusyException(String message, Duration pause) {
    super(message);
    this.pause = pause;
  }

  Duration pause() {
    return pause;
  }
}
