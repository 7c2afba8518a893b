package dev.bookend.cli.chat;

/**
 * A message of several lines: all between two {@code """}, or lines that end in a backslash and the
 * one behind them.
 */
final class MessageText {
  private static final String QUOTES = "\"\"\"";

  private MessageText() {}

  /** Whether a text goes on in the next line. */
  static boolean goesOn(String text) {
    return isQuoteOpen(text) || endsInBackslash(text);
  }

  static boolean isQuoteOpen(String text) {
    String begun = text.stripLeading();
    return begun.startsWith(QUOTES) && begun.indexOf(QUOTES, QUOTES.length()) < 0;
  }

  /** Two backslashes are one that is meant. */
  static boolean endsInBackslash(String text) {
    int count = 0;
    while (count < text.length() && text.charAt(text.length() - 1 - count) == '\\') {
      count++;
    }
    return !isQuoteOpen(text) && count % 2 == 1;
  }

  /** A text and the line that follows it. */
  static String join(String text, String line) {
    return (endsInBackslash(text) ? text.substring(0, text.length() - 1) : text) + "\n" + line;
  }

  /** The message that was meant. */
  static String of(String text) {
    String begun = text.strip();
    if (!begun.startsWith(QUOTES)) {
      return begun;
    }
    int end = begun.indexOf(QUOTES, QUOTES.length());
    String inner = begun.substring(QUOTES.length(), end < 0 ? begun.length() : end);
    String rest = end < 0 ? "" : begun.substring(end + QUOTES.length());
    return (inner.startsWith("\n") ? inner.substring(1) : inner).stripTrailing()
        + (rest.isBlank() ? "" : "\n" + rest.strip());
  }
}
