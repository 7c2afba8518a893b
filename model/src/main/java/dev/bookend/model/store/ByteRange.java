package dev.bookend.model.store;

import java.io.IOException;
import java.net.http.HttpHeaders;

/** Bytes {@code [from,to)} of a file. */
record ByteRange(long from, long to) {
  ByteRange {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException(from + " to " + to);
    }
  }

  long bytes() {
    return to - from;
  }

  /** The value of the header {@code Range}. */
  String header() {
    return "bytes=" + from + "-" + (to - 1);
  }

  /**
   * Makes sure that an answer has these bytes, or the first of them, of a file of that size.
   *
   * @throws IOException if it says otherwise
   */
  void requireIn(HttpHeaders headers, long fileBytes) throws IOException {
    String said = headers.firstValue("Content-Range").orElse("");
    if (!said.startsWith("bytes " + from + "-")
        || !(said.endsWith("/" + fileBytes) || said.endsWith("/*"))) {
      throw new IOException("the hub sends another part of the file than it was asked for");
    }
  }
}
