package dev.bookend.fuzz;

import dev.bookend.triton.ReceivedAnswer;

/** A server's answer: a byte that says to what, and the message. */
public final class AnswerFuzz {
  private AnswerFuzz() {}

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Bounded.run(input, ReceivedAnswer::read);
  }
}
