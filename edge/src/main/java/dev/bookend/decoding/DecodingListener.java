package dev.bookend.decoding;

import dev.bookend.model.runtime.TokenChoice;

/** Is told an answer as it is decoded, on the thread that decodes it. */
@FunctionalInterface
public interface DecodingListener {
  /**
   * Takes the next token, as soon as it is certain.
   *
   * @return whether the answer goes on
   */
  boolean onToken(TokenChoice choice);

  /** A round trip is over; its tokens were told before. */
  default void onRoundTrip(RoundTrip roundTrip) {}
}
