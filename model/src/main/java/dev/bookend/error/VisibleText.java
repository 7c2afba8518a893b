package dev.bookend.error;

import java.util.Locale;

/**
 * Text that comes from somebody else, as a terminal may show it. A terminal obeys control
 * characters: they move its cursor, rewrite what is there and reach into the clipboard; and
 * characters for the direction of writing make text look like another one. All of them become
 * visible, in the form <code>&#92;u001b</code>, which inside of JSON's strings means the same.
 */
public final class VisibleText {
  private static final int LONGEST_LINE = 1000;

  private VisibleText() {}

  /**
   * A text of any length and of several lines: line breaks and tabs stay as they are.
   *
   * <p>No character takes two of Java's, so a text may be given in pieces.
   */
  public static String of(String text) {
    return of(text, false);
  }

  /** One line of at most 1,000 characters: line breaks and tabs become spaces. */
  public static String line(String text) {
    boolean cut = text.length() > LONGEST_LINE;
    int end = cut ? LONGEST_LINE : text.length();
    if (cut && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    String line = of(text.substring(0, end), true);
    return cut || line.length() > LONGEST_LINE
        ? line.substring(0, Math.min(line.length(), LONGEST_LINE)) + "…"
        : line;
  }

  private static String of(String text, boolean oneLine) {
    StringBuilder out = null;
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      String shown = shown(text, i, oneLine);
      if (shown == null) {
        if (out != null) {
          out.append(character);
        }
        continue;
      }
      if (out == null) {
        out = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      out.append(shown);
    }
    return out == null ? text : out.toString();
  }

  /** What stands for a character; null where it stands for itself. */
  private static String shown(String text, int at, boolean oneLine) {
    char character = text.charAt(at);
    if (character == '\n' || character == '\t') {
      return oneLine ? " " : null;
    }
    if (character == '\r' && text.startsWith("\n", at + 1)) {
      return oneLine ? "" : null;
    }
    return isHidden(character) ? String.format(Locale.ROOT, "\\u%04x", (int) character) : null;
  }

  private static boolean isHidden(char character) {
    return Character.isISOControl(character)
        || character >= '\u2028' && character <= '\u202e' // line ends, embeddings and overrides
        || character >= '\u2066' && character <= '\u206f'; // isolates, and what came before them
  }
}
