package dev.bookend.cli.chat;

import dev.bookend.cli.markdown.Look;
import dev.bookend.cli.markdown.RowWrap;
import dev.bookend.error.VisibleText;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Status;

/**
 * What the shell shows. Whatever a model, a file or a server says passes through here on its way to
 * a terminal, and becomes visible instead of being obeyed.
 *
 * <p>Below what is settled there may be rows that still change, which are drawn over themselves;
 * they never take more than the window. A terminal that can do nothing, and a pipe, get plain text
 * only. For one thread.
 */
public final class Screen implements AutoCloseable {
  private static final int PLAIN_WIDTH = 80;
  private static final int NARROWEST = 12;

  private final PrintStream out;
  private final PrintStream err;
  private final Optional<Terminal> terminal;
  private final Look look;
  private Status status; // null: there is none
  private List<AttributedString> live = List.of();
  private int liveWidth;
  private boolean midLine; // whether plain text has not ended its line
  private volatile boolean resized; // since the last time something was drawn

  private Screen(PrintStream out, PrintStream err, Optional<Terminal> terminal, Look look) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.look = look;
  }

  /** A terminal that can place its cursor. */
  public static Screen of(Terminal terminal, PrintStream err, Look look) {
    return new Screen(null, err, Optional.of(terminal), look);
  }

  /**
   * Text alone.
   *
   * @param out takes what was asked for; makes control characters visible itself if it must
   * @param err takes remarks
   */
  public static Screen plain(PrintStream out, PrintStream err) {
    return new Screen(out, err, Optional.empty(), Look.PLAIN);
  }

  /** Whether this is text alone, so that nothing can be drawn over. */
  public boolean isPlain() {
    return terminal.isEmpty();
  }

  /** How text may look. */
  public Look look() {
    return look;
  }

  /** Columns for text; one less than there are, for a full row may wrap by itself. */
  public int width() {
    return Math.max(NARROWEST, terminal.map(Terminal::getWidth).orElse(PLAIN_WIDTH + 1) - 1);
  }

  private int height() {
    return Math.max(4, terminal.map(Terminal::getHeight).orElse(25));
  }

  /** Shows rows for good; what still changes goes on below them. */
  public void print(List<AttributedString> rows) {
    update(rows, live);
  }

  /** Shows a text for good, in rows of the screen's width. */
  public void print(AttributedString text) {
    if (isPlain()) {
      print(List.of(text));
      return;
    }
    print(RowWrap.wrap(visible(text), width()));
  }

  /** As {@link #print(AttributedString)}. */
  public void print(String text) {
    print(new AttributedString(VisibleText.of(text)));
  }

  /** As {@link #print(AttributedString)}, in a style. */
  public void print(String text, AttributedStyle style) {
    print(new AttributedString(VisibleText.of(text), style));
  }

  /** Says something at the side: dim on a terminal, on stderr in a pipe. */
  public void remark(String text) {
    aside(text, look.dim());
  }

  /** Says what the user should know, as {@link #remark}. */
  public void warn(String text) {
    aside(text, look.warning());
  }

  /** Says what went wrong, as {@link #remark}. */
  public void error(String text) {
    aside("bookend: " + text, look.bad());
  }

  private void aside(String text, AttributedStyle style) {
    if (isPlain()) {
      endLine();
      err.println(text); // stderr makes it visible
      err.flush();
    } else {
      print(text, style);
    }
  }

  /** A piece of an answer, as it is: in plain text only. */
  public void raw(String piece) {
    if (!piece.isEmpty()) {
      out.print(piece);
      out.flush();
      midLine = !piece.endsWith("\n");
    }
  }

  /** Whether nobody takes what is printed any more, as a pipe that is closed. */
  public boolean isClosed() {
    return isPlain() && out.checkError();
  }

  /** Ends a line of plain text that has not ended. */
  public void endLine() {
    if (midLine) {
      out.println();
      out.flush();
      midLine = false;
    }
  }

  /** Shows rows that may still change, in the place of those before; of too many the last. */
  public void live(List<AttributedString> rows) {
    update(List.of(), rows);
  }

  /** The rows that may still change go away. */
  public void endLive() {
    update(List.of(), List.of());
  }

  /**
   * Shows rows for good, and others below them that may still change, in one write.
   *
   * @param settled each at most as wide as the screen
   */
  public void update(List<AttributedString> settled, List<AttributedString> changing) {
    if (isPlain()) {
      if (!settled.isEmpty()) {
        endLine();
        settled.forEach(row -> out.println(row.toString().stripTrailing()));
        out.flush();
      }
      return;
    }
    takeSize();
    int most = Math.max(1, height() - statusRows() - 1);
    List<AttributedString> next =
        changing.size() > most
            ? changing.subList(changing.size() - most, changing.size())
            : List.copyOf(changing);
    if (settled.isEmpty() && next.equals(live) && liveWidth == width()) {
      return;
    }
    StringBuilder write = new StringBuilder();
    int old = oldHeight();
    toFirstRow(write, old);
    for (AttributedString row : settled) {
      write.append(ansi(row)).append("\u001b[K\r\n");
    }
    boolean comparable = settled.isEmpty() && liveWidth == width();
    for (int i = 0; i < next.size(); i++) {
      if (i > 0) {
        write.append("\r\n");
      }
      if (!comparable
          || i >= live.size()
          || !next.get(i).equals(live.get(i))
          || i == next.size() - 1) {
        write.append(ansi(next.get(i))).append("\u001b[K");
      }
    }
    clear(write, old - settled.size() - next.size(), next.isEmpty());
    live = next;
    liveWidth = width();
    send(write);
  }

  /** Rows that the old ones take now: a terminal that was made narrower has wrapped them. */
  private int oldHeight() {
    int columns = terminal.map(Terminal::getWidth).orElse(PLAIN_WIDTH);
    int rows = 0;
    for (AttributedString row : live) {
      rows += Math.max(1, (row.columnLength() + columns - 1) / Math.max(1, columns));
    }
    return rows;
  }

  private static void toFirstRow(StringBuilder write, int rows) {
    if (rows > 0) {
      write.append('\r');
    }
    if (rows > 1) {
      write.append("\u001b[").append(rows - 1).append('A');
    }
  }

  /**
   * Clears old rows below. Not all that is below, for there is the status line.
   *
   * @param atStart whether the cursor stands at the beginning of the first of them
   */
  private static void clear(StringBuilder write, int rows, boolean atStart) {
    if (rows <= 0) {
      return;
    }
    int down = 0;
    for (int i = 0; i < rows; i++) {
      if (i > 0 || !atStart) {
        write.append("\r\n");
        down++;
      }
      write.append("\u001b[K");
    }
    if (down > 0) {
      write.append("\u001b[").append(down).append('A');
    }
    if (!atStart) {
      // The column is found again with the next row, which begins with a carriage return.
      write.append('\r');
    }
  }

  /** Sends a sequence of the shell's own, such as that for the clipboard. */
  public void control(String sequence) {
    terminal.ifPresent(
        to -> {
          to.writer().print(sequence);
          to.flush();
        });
  }

  private String ansi(AttributedString row) {
    return visible(row).toAnsi(terminal.orElseThrow());
  }

  private void send(StringBuilder write) {
    terminal.ifPresent(
        to -> {
          to.writer().print(write);
          to.flush();
        });
  }

  /** The same without characters that a terminal obeys. */
  private static AttributedString visible(AttributedString text) {
    String plain = text.toString();
    if (VisibleText.of(plain).equals(plain) && plain.indexOf('\t') < 0) {
      return text;
    }
    AttributedStringBuilder shown = new AttributedStringBuilder();
    for (int i = 0; i < plain.length(); i++) {
      char character = plain.charAt(i);
      shown.styled(
          text.styleAt(i),
          character == '\t' ? "  " : VisibleText.of(Character.toString(character)));
    }
    return shown.toAttributedString();
  }

  /** Shows the status line at the bottom; empty: none. */
  public void status(List<AttributedString> rows) {
    if (isPlain()) {
      return;
    }
    takeSize();
    if (status == null && !rows.isEmpty()) {
      status = Status.getStatus(terminal.orElseThrow());
    }
    if (status != null) {
      status.update(rows.stream().map(Screen::visible).toList());
    }
  }

  private int statusRows() {
    return status == null ? 0 : status.size();
  }

  /** The window has another size: what is drawn next takes it in. Called by any thread. */
  public void resized() {
    resized = true;
  }

  /** Whether the window was given another size since; then nothing that changes is shown now. */
  private void takeSize() {
    if (!resized) {
      return;
    }
    resized = false;
    // First of all, for where the cursor is among these rows is known now.
    StringBuilder write = new StringBuilder();
    int old = oldHeight();
    toFirstRow(write, old);
    clear(write, old, true);
    live = List.of();
    liveWidth = width();
    send(write);
    if (status != null) {
      status.resize(terminal.orElseThrow().getSize());
      status.redraw();
    }
  }

  /** Gives the bottom line back to the terminal. */
  @Override
  public void close() {
    endLineOrLive();
    if (status != null) {
      status.update(List.of());
      status.close();
      status = null;
    }
    terminal.ifPresent(Terminal::flush);
  }

  private void endLineOrLive() {
    if (isPlain()) {
      endLine();
    } else {
      endLive();
    }
  }
}
