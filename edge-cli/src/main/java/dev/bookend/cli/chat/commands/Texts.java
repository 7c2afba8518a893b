package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Screen;
import dev.bookend.cli.markdown.RowWrap;
import dev.bookend.error.VisibleText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** Forms in which commands show things. */
final class Texts {
  private static final Pattern CODE =
      Pattern.compile(
          "^ {0,3}(`{3,}|~{3,})[^\n]*\n(.*?)^ {0,3}\\1", Pattern.DOTALL | Pattern.MULTILINE);
  private static final int WIDEST_NAME = 28;

  private Texts() {}

  /** A name and what it is about. */
  record Row(String name, String text) {}

  /** Shows names in one column and what they are about in another, or below on a narrow screen. */
  static void table(Screen screen, List<Row> rows) {
    int longest = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
    int column = Math.min(longest, WIDEST_NAME) + 4;
    boolean narrow = screen.width() < column + 24;
    List<AttributedString> all = new ArrayList<>();
    for (Row row : rows) {
      AttributedString name =
          new AttributedString(VisibleText.line(row.name()), screen.look().strong());
      AttributedString text = new AttributedString(VisibleText.line(row.text()));
      int left = narrow ? 4 : column;
      boolean below = narrow || name.columnLength() > column - 4;
      if (below) {
        for (AttributedString part : RowWrap.wrap(name, Math.max(8, screen.width() - 2))) {
          all.add(new AttributedStringBuilder().append("  ").append(part).toAttributedString());
        }
      }
      List<AttributedString> wrapped = RowWrap.wrap(text, Math.max(8, screen.width() - left));
      for (int i = 0; i < wrapped.size(); i++) {
        AttributedStringBuilder line = new AttributedStringBuilder();
        if (i == 0 && !below) {
          line.append("  ").append(name).append(" ".repeat(column - 2 - name.columnLength()));
        } else {
          line.append(" ".repeat(left));
        }
        all.add(line.append(wrapped.get(i)).toAttributedString());
      }
    }
    screen.print(all);
  }

  /** The beginning of a text, in one line. */
  static String shortened(String text, int most) {
    String line = VisibleText.line(text.strip());
    int end = Math.min(most, line.length());
    if (end > 0 && end < line.length() && Character.isHighSurrogate(line.charAt(end - 1))) {
      end--;
    }
    return end < line.length() ? line.substring(0, end) + "…" : line;
  }

  /** The last block of code in Markdown. */
  static Optional<String> lastCode(String markdown) {
    Optional<String> last = Optional.empty();
    for (MatchResult block : CODE.matcher(markdown + "\n").results().toList()) {
      last = Optional.of(block.group(2));
    }
    return last;
  }
}
