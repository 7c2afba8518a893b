package dev.bookend.cli.markdown;

import java.util.Optional;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * Colours the lines of one block of code, in order: keywords, strings, comments, numbers; added and
 * removed lines of a diff.
 */
final class Highlighting {
  private final Look look;
  private final boolean isDiff;
  private final Optional<Language> language;
  private String until = ""; // what ends the comment or string that goes on; empty: none does
  private boolean inComment;

  Highlighting(Look look, String language) {
    this.look = look;
    this.isDiff = language.equals("diff") || language.equals("patch");
    this.language = Language.named(language);
  }

  AttributedString line(String line) {
    if (!look.styled()) {
      return new AttributedString(line);
    }
    if (isDiff) {
      return new AttributedString(
          line,
          line.startsWith("+")
              ? look.good()
              : line.startsWith("-")
                  ? look.bad()
                  : line.startsWith("@@") ? look.code() : AttributedStyle.DEFAULT);
    }
    return language.map(known -> coloured(line, known)).orElse(new AttributedString(line));
  }

  private AttributedString coloured(String line, Language known) {
    AttributedStringBuilder text = new AttributedStringBuilder();
    int at = 0;
    while (at < line.length()) {
      int end = next(line, at, known);
      text.styled(style, line.substring(at, end));
      at = end;
    }
    return text.toAttributedString();
  }

  private AttributedStyle style = AttributedStyle.DEFAULT; // of what next() has found

  /** Finds the end of what begins at a place, and its style. */
  private int next(String line, int at, Language known) {
    if (!until.isEmpty()) {
      return rest(line, at);
    }
    for (String comment : known.lineComments()) {
      if (line.startsWith(comment, at) && isComment(line, at, comment)) {
        style = look.dim();
        return line.length();
      }
    }
    if (!known.blockBegin().isEmpty() && line.startsWith(known.blockBegin(), at)) {
      return begin(line, at, known.blockBegin(), known.blockEnd(), true);
    }
    for (String quote : known.longQuotes()) {
      if (line.startsWith(quote, at)) {
        return begin(line, at, quote, quote, false);
      }
    }
    char character = line.charAt(at);
    if (known.quotes().indexOf(character) >= 0) {
      style = look.good();
      return endOfString(line, at);
    }
    if (Character.isJavaIdentifierStart(character)) {
      int end = at + 1;
      while (end < line.length() && Character.isJavaIdentifierPart(line.charAt(end))) {
        end++;
      }
      style =
          known.isKeyword(line.substring(at, end))
              ? look.colour(AttributedStyle.MAGENTA)
              : AttributedStyle.DEFAULT;
      return end;
    }
    if (Character.isDigit(character)) {
      int end = at + 1;
      while (end < line.length()
          && (Character.isLetterOrDigit(line.charAt(end)) || line.charAt(end) == '.')) {
        end++;
      }
      style = look.code();
      return end;
    }
    style = AttributedStyle.DEFAULT;
    return at + 1;
  }

  /** '#' within a word is none, as in a shell's $#. */
  private static boolean isComment(String line, int at, String comment) {
    return !comment.equals("#") || at == 0 || Character.isWhitespace(line.charAt(at - 1));
  }

  private int begin(String line, int at, String mark, String end, boolean comment) {
    until = end;
    inComment = comment;
    style = comment ? look.dim() : look.good();
    return at + mark.length() >= line.length() ? line.length() : rest(line, at + mark.length());
  }

  private int rest(String line, int from) {
    style = inComment ? look.dim() : look.good();
    int end = line.indexOf(until, from);
    if (end < 0) {
      return line.length();
    }
    int after = end + until.length();
    until = "";
    return after;
  }

  /** A string ends with its line at the latest: an apostrophe may be no quote. */
  private static int endOfString(String line, int at) {
    char quote = line.charAt(at);
    for (int i = at + 1; i < line.length(); i++) {
      if (line.charAt(i) == '\\') {
        i++;
      } else if (line.charAt(i) == quote) {
        return i + 1;
      }
    }
    return quote == '\'' ? at + 1 : line.length();
  }
}
