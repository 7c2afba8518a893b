package dev.bookend.cli.chat;

import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;

/**
 * The line that is being edited, and what belongs to it, as {@link LiveRows}. For JLine's own
 * reader a terminal must have done to its rows exactly what JLine would have done.
 */
final class PromptDisplay extends Display {
  private final LiveRows drawn;

  PromptDisplay(Terminal terminal, LiveRows drawn) {
    super(terminal, false);
    this.drawn = drawn;
  }

  @Override
  public void update(List<AttributedString> newLines, int targetCursorPos, boolean flush) {
    List<AttributedString> next = new ArrayList<>();
    for (AttributedString line : newLines) {
      int length = line.length();
      next.add(
          length > 0 && line.charAt(length - 1) == '\n' ? line.subSequence(0, length - 1) : line);
    }
    int row = Math.max(0, next.size() - 1);
    int column = next.isEmpty() ? 0 : next.get(row).columnLength(terminal);
    if (targetCursorPos >= 0) { // in rows of one column more than there are
      row = targetCursorPos / columns1;
      column = targetCursorPos % columns1;
    }
    while (next.size() <= row) {
      next.add(AttributedString.EMPTY);
    }
    drawn.draw(List.of(), next, row, column);
    if (flush) {
      terminal.flush();
    }
  }

  /** The cursor is at the beginning of an empty row, and whatever was drawn is none of ours. */
  @Override
  public void reset() {
    super.reset();
    drawn.forget();
  }
}
