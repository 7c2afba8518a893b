package dev.bookend.model.jinja;

/**
 * A string that counts as escaped HTML: what {@code safe} and {@code escape} give. It is a string
 * in every use but one: what is added to it is escaped.
 */
record Markup(String text) {

  static Markup escape(Object value, Budget budget) {
    if (value instanceof Markup markup) {
      return markup;
    }
    String text = Text.of(value, budget);
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      switch (character) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&#34;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(character);
      }
    }
    budget.text(escaped.length());
    return new Markup(escaped.toString());
  }

  /** The value, and the string itself where it is marked. */
  static Object unwrap(Object value) {
    return value instanceof Markup markup ? markup.text : value;
  }
}
