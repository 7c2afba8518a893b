package dev.bookend.grammar;

/** How strings are written in JSON. */
final class JsonText {
  private JsonText() {}

  /** A string with its quotes. As little as possible is escaped. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int known = "\"\\\b\f\n\r\t".indexOf(c);
      boolean loneSurrogate =
          Character.isSurrogate(c)
              && !(Character.isHighSurrogate(c)
                  ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                  : i > 0 && Character.isHighSurrogate(text.charAt(i - 1)));
      if (known >= 0) {
        quoted.append('\\').append("\"\\bfnrt".charAt(known));
      } else if (c < ' ' || loneSurrogate) {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  /** Whether an ASCII character may stand in a string as it is. */
  static boolean isPlain(int character) {
    return character >= ' ' && character != '"' && character != '\\';
  }
}
