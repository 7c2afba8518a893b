package dev.bookend.cli.chat;

/** Where the user's lines come from. */
public interface LineSource extends AutoCloseable {
  /** What was typed. */
  sealed interface Typed {
    /** A line, or several that belong together. */
    record Line(String text) implements Typed {}

    /** Ctrl-C. */
    record Interrupted(boolean lineWasEmpty) implements Typed {}

    /** Nothing more comes. */
    record End() implements Typed {}
  }

  /**
   * Reads the next.
   *
   * @param text what stands in the line to begin with
   */
  Typed read(String prompt, String text);

  @Override
  void close();
}
