package dev.bookend.model.jinja;

/** Texts made longer. */
final class Padding {
  private Padding() {}

  static String spaces(int count, Budget budget) {
    return repeat(' ', count, budget);
  }

  static String repeat(int point, long count, Budget budget) {
    budget.text(Math.max(0, count));
    return Character.toString(point).repeat((int) Math.max(0, count));
  }

  static String center(String text, int width, int fill, Budget budget) {
    budget.text(text.length());
    int length = text.codePointCount(0, text.length());
    int missing = Math.max(0, width - length);
    // Python puts the odd one to the left where the width is odd.
    int left = missing / 2 + (missing & width & 1);
    return repeat(fill, left, budget) + text + repeat(fill, missing - left, budget);
  }

  static String left(String text, int width, int fill, Budget budget) {
    budget.text(text.length());
    return text + repeat(fill, (long) width - text.codePointCount(0, text.length()), budget);
  }

  static String right(String text, int width, int fill, Budget budget) {
    budget.text(text.length());
    return repeat(fill, (long) width - text.codePointCount(0, text.length()), budget) + text;
  }
}
