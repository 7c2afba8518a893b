package dev.bookend.model.jinja;

/** Python's {@code str.strip} and its two halves. */
final class Strip {
  private Strip() {}

  /**
   * The text without the characters at its ends.
   *
   * @param set the characters as a string; null or none: all white space
   */
  static String strip(String text, Object set, boolean left, boolean right, Budget budget) {
    String characters = set == null || set instanceof None ? null : Types.string(set, "strip()");
    int begin = 0;
    int end = text.length();
    while (left && begin < end && drops(text.codePointAt(begin), characters, budget)) {
      begin += Character.charCount(text.codePointAt(begin));
    }
    while (right && end > begin && drops(text.codePointBefore(end), characters, budget)) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    budget.text(end - begin);
    return text.substring(begin, end);
  }

  private static boolean drops(int point, String set, Budget budget) {
    budget.read(set == null ? 1 : set.length());
    return set == null ? Characters.isSpace(point) : set.indexOf(point) >= 0;
  }
}
