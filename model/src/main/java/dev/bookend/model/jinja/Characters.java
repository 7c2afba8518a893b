package dev.bookend.model.jinja;

/** Characters as Python's {@code str} sorts them. */
final class Characters {
  private Characters() {}

  /** Whether {@code str.isspace} and {@code \s} count it. */
  static boolean isSpace(int point) {
    return point == ' '
        || (point >= '\t' && point <= '\r')
        || (point >= 0x1c && point <= 0x1f)
        || point == 0x85
        || point == 0xa0
        || point == 0x1680
        || (point >= 0x2000 && point <= 0x200a)
        || point == 0x2028
        || point == 0x2029
        || point == 0x202f
        || point == 0x205f
        || point == 0x3000;
  }

  /** Whether {@code str.splitlines} ends a line there. */
  static boolean endsLine(int point) {
    return (point >= '\n' && point <= '\r')
        || (point >= 0x1c && point <= 0x1e)
        || point == 0x85
        || point == 0x2028
        || point == 0x2029;
  }

  /** Whether {@code repr} writes it as it is. */
  static boolean isPrintable(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> point == ' ';
      default -> true;
    };
  }

  static boolean isCased(int point) {
    return Character.isUpperCase(point)
        || Character.isLowerCase(point)
        || Character.isTitleCase(point);
  }

  /** The index behind the white space from there on. */
  static int skipSpace(String text, int from) {
    int at = from;
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    return at;
  }
}
