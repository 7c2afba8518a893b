package dev.bookend.cli;

import dev.bookend.Completion;

/** Prints one answer: piece by piece as it comes, or at the end. */
interface AnswerPrinter {
  /**
   * Takes the next piece of the answer's text.
   *
   * @return false if whoever reads the output wants no more
   */
  boolean piece(String text);

  /** The answer is complete. */
  void complete(Completion answer);

  /**
   * The answer broke off after the pieces so far.
   *
   * @param interrupted whether the user wanted no more of it; otherwise it failed
   */
  void brokenOff(RuntimeException cause, boolean interrupted);
}
