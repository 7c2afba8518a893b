package dev.bookend.model.jinja;

/**
 * What one rendering may use. A unit of work is about what it takes to copy a character; every
 * string and list that is made is paid for by its length, so that the same number bounds memory.
 */
final class Budget {
  private static final long WORK = 1L << 26;
  private static final int PER_STEP = 12;
  private static final int PER_ITEM = 16;
  private static final int PER_CHARACTER = 2;
  private static final int LONGEST_TEXT = 1 << 23;
  private static final int DEEPEST = 800;

  private long left = WORK;
  private int depth;

  /** Reading, as in a comparison or a search. */
  void read(long characters) {
    spend(characters);
  }

  /** A string that is about to be made. */
  void text(long characters) {
    if (characters > LONGEST_TEXT) {
      throw Fault.of("it makes a text of more than " + LONGEST_TEXT + " characters");
    }
    spend(PER_CHARACTER * characters);
  }

  /** A list that is about to be made. */
  void items(long count) {
    spend(PER_ITEM * Math.min(count, WORK));
  }

  /** A statement, expression or nested value is entered; each of them is left again. */
  void enter() {
    spend(PER_STEP);
    if (++depth > DEEPEST) {
      throw Fault.of("it nests or calls itself more than " + DEEPEST + " deep");
    }
  }

  void leave() {
    depth--;
  }

  private void spend(long work) {
    left -= work;
    if (left < 0) {
      throw Fault.of("it takes more time or memory than a chat template may");
    }
  }
}
