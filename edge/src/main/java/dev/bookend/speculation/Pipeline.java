package dev.bookend.speculation;

/** Whether guesses are sent behind others before the answer to those is there. */
public enum Pipeline {
  NEVER,
  /** Where it pays; never where the number of guesses is fixed. */
  AUTO,
  ALWAYS
}
