package dev.bookend.model.jinja;

/** The escapes of Python's string literals. */
final class StringLiteral {
  private static final String SIMPLE = "\\'\"abfnrtv";
  private static final String MEANT = "\\'\"\u0007\b\f\n\r\t\u000b";

  private final String text;
  private final int line;
  private final StringBuilder out = new StringBuilder();
  private int at;

  private StringLiteral(String text, int line) {
    this.text = text;
    this.line = line;
  }

  /**
   * What a literal stands for.
   *
   * @param text what is between the quotes
   */
  static String decode(String text, int line) {
    return text.indexOf('\\') < 0 ? text : new StringLiteral(text, line).decode();
  }

  private String decode() {
    while (at < text.length()) {
      char character = text.charAt(at++);
      if (character == '\\') {
        escape(text.charAt(at++));
      } else {
        out.append(character);
      }
    }
    return out.toString();
  }

  private void escape(char kind) {
    int simple = SIMPLE.indexOf(kind);
    if (simple >= 0) {
      out.append(MEANT.charAt(simple));
    } else if (kind >= '0' && kind <= '7') {
      int end = at;
      while (end < text.length()
          && end < at + 2
          && text.charAt(end) >= '0'
          && text.charAt(end) <= '7') {
        end++;
      }
      out.append((char) Integer.parseInt(text.substring(at - 1, end), 8));
      at = end;
    } else if (kind == 'x') {
      hexadecimal(2);
    } else if (kind == 'u') {
      hexadecimal(4);
    } else if (kind == 'U') {
      hexadecimal(8);
    } else if (kind == 'N') {
      named();
    } else if (kind != '\n') {
      out.append('\\').append(kind);
    }
  }

  private void hexadecimal(int digits) {
    String code = text.substring(at, Math.min(at + digits, text.length()));
    if (!code.matches("[0-9a-fA-F]{" + digits + "}")) {
      throw broken();
    }
    long point = Long.parseLong(code, 16);
    if (point > Character.MAX_CODE_POINT) {
      throw broken();
    }
    out.appendCodePoint((int) point);
    at += digits;
  }

  private void named() {
    int end = text.indexOf('}', at);
    if (end < 0 || text.charAt(at) != '{') {
      throw broken();
    }
    try {
      out.appendCodePoint(Character.codePointOf(text.substring(at + 1, end)));
    } catch (IllegalArgumentException e) {
      throw broken();
    }
    at = end + 1;
  }

  private Fault broken() {
    return Fault.at(line, "a string has an escape that cannot be read");
  }
}
