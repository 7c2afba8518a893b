package dev.bookend.cli.chat;

import java.util.List;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;

/**
 * Rows that are drawn over themselves where they are, below what is settled. Nothing above them is
 * ever touched, whatever size the window is given meanwhile: the cursor goes up by the rows that
 * were drawn, of which a terminal may have made more but never fewer, and never to a place counted
 * from the window's edge. Each is a line of its own and none wraps by itself, so that as many rows
 * are taken as are drawn, also where the window is narrower already than anybody was told. For one
 * thread at a time.
 */
final class LiveRows {
  private static final Size USUAL = Size.of(80, 24); // where a terminal does not know

  // This row, then those below: of a window that is cleared as a whole tmux keeps what was in it.
  private static final String CLEAR_BELOW = "\u001b[K\r\n\u001b[J\u001b[A";

  private final Terminal terminal;
  private List<AttributedString> rows = List.of();
  private int row; // of the cursor, among these
  private int column;
  private Size drawnIn;
  private boolean touched; // whether the terminal may have changed them

  LiveRows(Terminal terminal) {
    this.terminal = terminal;
    this.drawnIn = size();
  }

  /** The window's size, as far as the terminal tells. */
  Size size() {
    Size size = terminal.getSize();
    return size.getColumns() > 0 && size.getRows() > 0
        ? Size.of(size.getColumns(), size.getRows())
        : USUAL;
  }

  /** Whether drawing these would change nothing. */
  boolean shows(List<AttributedString> next) {
    return rows.equals(next) && areAsDrawn(size());
  }

  /** The window's size was changed, perhaps to what it was. */
  void resized() {
    touched = true;
  }

  private boolean areAsDrawn(Size size) {
    return !touched
        && size.getColumns() == drawnIn.getColumns()
        && size.getRows() == drawnIn.getRows();
  }

  /**
   * Whether the cursor may be in another row below the first than it was put, by its row and
   * column.
   */
  boolean mayHaveMoved() {
    return row > 0 || column >= size().getColumns();
  }

  /**
   * Draws, in one write.
   *
   * @param settled shown for good, above
   * @param next fewer than the window has rows, each of at most its columns
   * @param nextRow where the cursor is put
   */
  void draw(
      List<AttributedString> settled, List<AttributedString> next, int nextRow, int nextColumn) {
    Size size = size();
    StringBuilder write = new StringBuilder();
    boolean same = areAsDrawn(size);
    toFirst(write, row);
    if (!same) {
      write.append(CLEAR_BELOW);
      rows = List.of();
    }
    for (AttributedString text : settled) {
      write.append(Ansi.of(text, terminal)).append("\u001b[K\r\n");
    }
    List<AttributedString> old = rows.subList(Math.min(settled.size(), rows.size()), rows.size());
    if (!settled.isEmpty() && !old.isEmpty()) {
      write.append("\u001b[J");
      old = List.of();
    }
    if (next.isEmpty()) {
      write.append(old.isEmpty() ? "" : CLEAR_BELOW);
    } else {
      write.append("\u001b[?7l"); // no wrapping
      for (int i = 0; i < next.size(); i++) {
        AttributedString text = next.get(i);
        if (i >= old.size() || !text.equals(old.get(i))) {
          write.append(Ansi.of(text, terminal));
          if (text.columnLength(terminal) < size.getColumns()) {
            write.append("\u001b[K"); // in a full row it would take the last character
          }
        }
        if (i < next.size() - 1 || old.size() > next.size()) {
          write.append("\r\n");
        }
      }
      write.append("\u001b[?7h");
      int up = next.size() - 1 - nextRow;
      if (old.size() > next.size()) {
        write.append("\u001b[J");
        up++;
      }
      toFirst(write, up);
      if (nextColumn > 0) {
        write.append("\u001b[").append(nextColumn).append('C');
      }
    }
    rows = List.copyOf(next);
    row = next.isEmpty() ? 0 : nextRow;
    column = next.isEmpty() ? 0 : nextColumn;
    drawnIn = size;
    touched = false;
    terminal.writer().print(write);
  }

  private static void toFirst(StringBuilder write, int up) {
    write.append('\r');
    if (up > 0) {
      write.append("\u001b[").append(up).append('A');
    }
  }

  /** What was drawn stays where it is; the cursor stands at the beginning of an empty row. */
  void forget() {
    rows = List.of();
    row = 0;
    column = 0;
    drawnIn = size();
    touched = false;
  }
}
