package dev.bookend.grammar;

/**
 * White space between the parts of an object or array: nothing, one space, or one line's end with
 * an indentation. More could go on for ever. States are numbers: so far, what white space there is.
 */
final class Space {
  /** Nothing yet, and all may come. */
  static final int FRESH = 0;

  /** Nothing yet, and only one space may come. */
  static final int INLINE = -1;

  /** No more may come. */
  static final int OVER = -2;

  /** What {@link #next} gives for bytes that do not belong here. */
  static final int WRONG = -3;

  private static final int DEEPEST_INDENTATION = 32;

  private Space() {}

  /** The state behind one more byte. */
  static int next(int space, int value) {
    boolean indented = space > 0 && space <= DEEPEST_INDENTATION;
    if (value == ' ' && (space == FRESH || space == INLINE)) {
      return OVER;
    }
    if (value == '\n' && space == FRESH) {
      return 1;
    }
    return (value == ' ' || value == '\t') && indented ? space + 1 : WRONG;
  }
}
