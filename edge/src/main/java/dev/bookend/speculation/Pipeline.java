package dev.bookend.speculation;

/** Whether a step is sent ahead, before the answer to the step before it is there. */
public enum Pipeline {
  /** Each step waits for the answer to the step before it. */
  NEVER,
  /** Where it pays. Where the number of draft tokens is fixed, never. */
  AUTO,
  /** Wherever the drafters have proposed how the likeliest branch goes on. */
  ALWAYS
}
