package dev.bookend.model.store;

import java.io.IOException;

/** Takes the bytes of an answer, on the HTTP client's thread, one call at a time. */
@FunctionalInterface
interface ByteSink {
  void write(byte[] bytes) throws IOException;
}
