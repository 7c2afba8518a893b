package dev.bookend.grammar;

/**
 * What a string may still become behind some characters. Immutable; one that exists can always be
 * completed.
 */
interface Text {
  /** Behind one more character, which is a code point; null: no such string goes on with it. */
  Text next(int character);

  /** Whether one of these characters may follow. */
  boolean takes(int low, int high);

  /** Whether the string may end here. */
  boolean mayEnd();

  /** A text that is the same for so many characters, and the same for many texts. */
  default Text representative(int horizon) {
    return this;
  }

  /** Whether this refers to nothing of one grammar. */
  boolean isOfAnyGrammar();

  /** About how many bytes of memory it takes, without what it shares with others. */
  int bytes();

  /** About how many steps of some nanoseconds {@link #next} takes. */
  int work();
}
