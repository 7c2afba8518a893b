package dev.bookend.model.jinja;

/**
 * A token of a template.
 *
 * @param text the text of data, a name, an operator, or a string literal without quotes and escapes
 * @param line counted from 1
 */
record Token(Kind kind, String text, int line) {
  /** What it is. */
  enum Kind {
    DATA,
    PRINT_BEGIN,
    PRINT_END,
    TAG_BEGIN,
    TAG_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind other, String content) {
    return kind == other && text.equals(content);
  }

  /** As an error shows it. */
  String shown() {
    return switch (kind) {
      case PRINT_BEGIN -> "'{{'";
      case PRINT_END -> "'}}'";
      case TAG_BEGIN -> "'{%'";
      case TAG_END -> "'%}'";
      case END -> "the end of the template";
      case STRING -> "a string";
      case DATA -> "text";
      case NAME, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
    };
  }
}
