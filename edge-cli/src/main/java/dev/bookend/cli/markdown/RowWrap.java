package dev.bookend.cli.markdown;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** Breaks text into rows: between words where there are any, else where the row is full. */
public final class RowWrap {
  private RowWrap() {}

  /**
   * The rows of a text.
   *
   * @param text line feeds begin a new row
   * @param width columns of a row; a character that is wider has a row of its own
   * @return at least one row
   */
  public static List<AttributedString> wrap(AttributedString text, int width) {
    List<AttributedString> rows = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || text.charAt(i) == '\n') {
        line(text.subSequence(start, i), Math.max(1, width), rows);
        start = i + 1;
      }
    }
    return rows;
  }

  private static void line(AttributedString line, int width, List<AttributedString> rows) {
    AttributedString rest = line;
    while (rest.columnLength() > width) {
      int full = fitting(rest, width);
      int end = lastBreak(rest, full);
      rows.add(withoutSpacesAtEnd(rest.subSequence(0, end)));
      int next = end;
      while (next < rest.length() && rest.charAt(next) == ' ') {
        next++;
      }
      rest = rest.subSequence(next, rest.length());
      if (rest.length() == 0) {
        return;
      }
    }
    rows.add(rest);
  }

  /** How many characters fit into a width; at least one. */
  static int fitting(AttributedString text, int width) {
    int length = text.columnSubSequence(0, width).length();
    if (length > 0
        && length < text.length()
        && Character.isHighSurrogate(text.charAt(length - 1))) {
      length--;
    }
    return length > 0 ? length : Character.charCount(text.codePointAt(0));
  }

  /** Where a row of at most so many characters ends: behind a word, if it has more than one. */
  private static int lastBreak(AttributedString text, int most) {
    if (most < text.length() && text.charAt(most) == ' ') {
      return most;
    }
    for (int i = most; i > 0; i--) {
      if (text.charAt(i - 1) == ' ') {
        boolean indentOnly = text.subSequence(0, i).toString().isBlank();
        return indentOnly ? most : i;
      }
    }
    return most;
  }

  private static AttributedString withoutSpacesAtEnd(AttributedString row) {
    int end = row.length();
    while (end > 0 && row.charAt(end - 1) == ' ') {
      end--;
    }
    return row.subSequence(0, end);
  }

  /** Cuts a text to a width. */
  public static AttributedString cut(AttributedString text, int width) {
    if (width <= 0) {
      return AttributedString.EMPTY;
    }
    return text.columnLength() <= width ? text : text.subSequence(0, fitting(text, width));
  }

  /** Fills a row up to a width with spaces. */
  static AttributedString padded(AttributedString row, int width, int before) {
    int missing = Math.max(0, width - row.columnLength());
    int left = Math.min(before, missing);
    return new AttributedStringBuilder()
        .append(" ".repeat(left))
        .append(row)
        .append(" ".repeat(missing - left))
        .toAttributedString();
  }
}
