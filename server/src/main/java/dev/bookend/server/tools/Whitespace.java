package dev.bookend.server.tools;

/** The ends of a text that is not whole yet. */
final class Whitespace {
  private Whitespace() {}

  static void dropLeading(StringBuilder text) {
    int start = 0;
    while (start < text.length() && Character.isWhitespace(text.charAt(start))) {
      start++;
    }
    text.delete(0, start);
  }

  /** Up to where a text goes if the white space at its end is left away. */
  static int lengthWithoutTrailing(CharSequence text, int length) {
    int end = length;
    while (end > 0 && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  /** Length of the longest end of a text that a mark begins with. */
  static int overlap(StringBuilder text, String mark) {
    for (int length = Math.min(text.length(), mark.length() - 1); length > 0; length--) {
      if (mark.startsWith(text.substring(text.length() - length))) {
        return length;
      }
    }
    return 0;
  }

  /** Takes the beginning of a text away. */
  static String take(StringBuilder text, int length) {
    String taken = text.substring(0, length);
    text.delete(0, length);
    return taken;
  }
}
