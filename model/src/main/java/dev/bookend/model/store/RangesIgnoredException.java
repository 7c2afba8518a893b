package dev.bookend.model.store;

import java.io.IOException;

/** A server that sends a whole file where a part of it was asked for. */
final class RangesIgnoredException extends IOException {
  private static final long serialVersionUID = 1;

  RangesIgnoredException(String file) {
    super("the hub does not send parts of " + file);
  }
}
