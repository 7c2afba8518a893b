package dev.bookend.cli.markdown;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** A block of code: indented, with its language above, and coloured where that is known. */
final class CodeRows {
  private static final int TAB = 4;

  private final Look look;

  CodeRows(Look look) {
    this.look = look;
  }

  /**
   * The rows of some code.
   *
   * @param info what stands behind the fence, the language first; null or empty: nothing
   * @param width columns for the code itself
   */
  List<AttributedString> of(String literal, String info, int width) {
    String language = info == null ? "" : info.strip().split("\\s+", 2)[0].toLowerCase(Locale.ROOT);
    Highlighting highlighting = new Highlighting(look, language);
    List<AttributedString> rows = new ArrayList<>();
    String mark = look.styled() ? language : "```" + language;
    if (!mark.isEmpty()) {
      rows.add(new AttributedString("  " + mark, look.dim()));
    }
    String text = literal.endsWith("\n") ? literal.substring(0, literal.length() - 1) : literal;
    for (String line : text.split("\n", -1)) {
      AttributedString coloured = highlighting.line(withoutTabs(line));
      do {
        // Code is cut where the row ends: a break between words would look like one of the code.
        int end =
            coloured.columnLength() <= width
                ? coloured.length()
                : RowWrap.fitting(coloured, Math.max(1, width));
        rows.add(
            new AttributedStringBuilder()
                .append("  ")
                .append(coloured.subSequence(0, end))
                .toAttributedString());
        coloured = coloured.subSequence(end, coloured.length());
      } while (coloured.length() > 0);
    }
    if (!look.styled()) {
      rows.add(new AttributedString("  ```"));
    }
    return rows;
  }

  private static String withoutTabs(String line) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) == '\t') {
        text.append(" ".repeat(TAB - text.length() % TAB));
      } else {
        text.append(line.charAt(i));
      }
    }
    return text.toString();
  }
}
