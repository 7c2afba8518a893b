package dev.bookend.cli.manual;

/** The text of a man page, in the macros that {@code man} knows. */
final class Roff {
  private final StringBuilder text = new StringBuilder();

  /** A line of its own, whose words are arguments of a macro. */
  Roff macro(String name, String... words) {
    text.append('.').append(name);
    for (String word : words) {
      text.append(" \"").append(escaped(word).replace("\"", "\\(dq")).append('"');
    }
    text.append('\n');
    return this;
  }

  Roff request(String request) {
    text.append('.').append(request).append('\n');
    return this;
  }

  Roff line(String words) {
    return marked(escaped(words));
  }

  /** A line of what {@link #bold} and {@link #italic} have made, and of escaped text. */
  Roff marked(String line) {
    // A line that began so would be a macro.
    text.append(line.startsWith(".") || line.startsWith("'") ? "\\&" : "").append(line);
    text.append('\n');
    return this;
  }

  static String bold(String words) {
    return words.isEmpty() ? "" : "\\fB" + escaped(words) + "\\fR";
  }

  static String italic(String words) {
    return words.isEmpty() ? "" : "\\fI" + escaped(words) + "\\fR";
  }

  /** Signs that mean something to roff, and those beyond ASCII, by their names. */
  static String escaped(String words) {
    StringBuilder escaped = new StringBuilder();
    words
        .codePoints()
        .forEach(
            sign -> {
              switch (sign) {
                case '\\' -> escaped.append("\\e");
                case '-' -> escaped.append("\\-");
                case '\'' -> escaped.append("\\(aq");
                case '`' -> escaped.append("\\(ga");
                case '^' -> escaped.append("\\(ha");
                case '~' -> escaped.append("\\(ti");
                default -> {
                  if (sign < 128) {
                    escaped.append((char) sign);
                  } else {
                    escaped.append("\\[u%04X]".formatted(sign));
                  }
                }
              }
            });
    return escaped.toString();
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
