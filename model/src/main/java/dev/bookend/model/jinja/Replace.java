package dev.bookend.model.jinja;

/** Python's {@code str.replace}. */
final class Replace {
  private Replace() {}

  /**
   * The text with what is sought replaced.
   *
   * @param count how often at most; negative: wherever it is
   */
  static String replace(String text, String sought, String by, int count, Budget budget) {
    StringBuilder out = new StringBuilder();
    int at = 0;
    int left = count < 0 ? Integer.MAX_VALUE : count;
    if (sought.isEmpty()) {
      while (left-- > 0 && at <= text.length()) {
        int next = at < text.length() ? text.offsetByCodePoints(at, 1) : at + 1;
        budget.text((long) by.length() + 2);
        out.append(by).append(text, at, Math.min(next, text.length()));
        at = next;
      }
      return out.append(text, Math.min(at, text.length()), text.length()).toString();
    }
    while (left-- > 0) {
      int found = Search.indexOf(text, sought, at, budget);
      if (found < 0) {
        break;
      }
      budget.text((long) found - at + by.length());
      out.append(text, at, found).append(by);
      at = found + sought.length();
    }
    budget.text((long) out.length() + text.length() - at);
    return out.append(text, at, text.length()).toString();
  }
}
