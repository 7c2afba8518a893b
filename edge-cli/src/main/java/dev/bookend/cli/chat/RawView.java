package dev.bookend.cli.chat;

import dev.bookend.CompletionListener.Piece;
import dev.bookend.cli.markdown.RowWrap;
import dev.bookend.error.VisibleText;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;

/** An answer as the model says it, in rows of the screen. */
final class RawView implements AnswerView {
  private final List<String> lines = new ArrayList<>(); // that are complete
  private final StringBuilder line = new StringBuilder();

  @Override
  public void add(Piece piece) {
    String[] parts = piece.text().split("\n", -1);
    line.append(parts[0]);
    for (int i = 1; i < parts.length; i++) {
      lines.add(line.toString());
      line.setLength(0);
      line.append(parts[i]);
    }
  }

  @Override
  public void finish() {
    lines.add(line.toString());
    line.setLength(0);
  }

  @Override
  public void draw(Screen screen, List<AttributedString> below) {
    List<AttributedString> settled = new ArrayList<>();
    lines.forEach(done -> settled.addAll(rows(done, screen)));
    lines.clear();
    List<AttributedString> changing = new ArrayList<>();
    if (line.length() > 0) {
      changing.addAll(rows(line.toString(), screen));
    }
    changing.addAll(below);
    screen.update(settled, changing);
  }

  private static List<AttributedString> rows(String text, Screen screen) {
    String shown =
        VisibleText.of(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
    return RowWrap.wrap(new AttributedString(shown.replace("\t", "    ")), screen.width());
  }
}
