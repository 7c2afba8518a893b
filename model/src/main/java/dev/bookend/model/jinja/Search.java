package dev.bookend.model.jinja;

/** Finds texts in texts in linear time; Java's own search takes the product of their lengths. */
final class Search {
  private static final int SHORT = 16;

  private Search() {}

  /** The first index not below {@code from}, or -1. */
  static int indexOf(String text, String sought, int from, Budget budget) {
    int found =
        sought.length() <= SHORT ? text.indexOf(sought, from) : indexOfLong(text, sought, from);
    budget.read((found < 0 ? text.length() : found) - from + sought.length());
    return found;
  }

  /** The last index at which it ends not behind {@code end}, or -1. */
  static int lastIndexOf(String text, String sought, int end, Budget budget) {
    if (sought.length() <= SHORT) {
      int found = text.lastIndexOf(sought, end - sought.length());
      budget.read(end - Math.max(found, 0));
      return found;
    }
    budget.text(end + sought.length());
    String backwards = new StringBuilder(sought).reverse().toString();
    String reversed = new StringBuilder(text.substring(0, end)).reverse().toString();
    // Reversing keeps surrogate pairs in order, in both alike.
    int found = indexOfLong(reversed, backwards, 0);
    return found < 0 ? -1 : end - found - sought.length();
  }

  /** Knuth, Morris and Pratt's search. */
  private static int indexOfLong(String text, String sought, int from) {
    int[] border = new int[sought.length()];
    for (int i = 1, k = 0; i < border.length; i++) {
      while (k > 0 && sought.charAt(i) != sought.charAt(k)) {
        k = border[k - 1];
      }
      if (sought.charAt(i) == sought.charAt(k)) {
        k++;
      }
      border[i] = k;
    }
    for (int i = from, k = 0; i < text.length(); i++) {
      while (k > 0 && text.charAt(i) != sought.charAt(k)) {
        k = border[k - 1];
      }
      if (text.charAt(i) == sought.charAt(k)) {
        k++;
      }
      if (k == border.length) {
        return i - k + 1;
      }
    }
    return -1;
  }
}
