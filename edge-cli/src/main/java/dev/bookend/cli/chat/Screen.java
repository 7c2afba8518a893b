package dev.bookend.cli.chat;

import dev.bookend.cli.markdown.Look;
import dev.bookend.cli.markdown.RowWrap;
import dev.bookend.error.VisibleText;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * What the shell shows. Whatever a model, a file or a server says passes through here on its way to
 * a terminal, and becomes visible instead of being obeyed.
 *
 * <p>Below what is settled there may be rows that still change, which are drawn over themselves;
 * they never take more than the window. A terminal that can do nothing, and a pipe, get plain text
 * only. For one thread; another may {@linkplain #leave leave} it for good.
 */
public final class Screen implements AutoCloseable {
  private static final int PLAIN_WIDTH = 80;
  private static final int NARROWEST = 12;
  private static final String HIDE_CURSOR = "\u001b[?25l";
  private static final String SHOW_CURSOR = "\u001b[?25h";

  private final PrintStream out;
  private final PrintStream err;
  private final Optional<Terminal> terminal;
  private final Look look;
  private final boolean isRead;
  private final LiveRows drawn; // null: this is text alone
  private List<AttributedString> live = List.of();
  private IntFunction<List<AttributedString>> status = width -> List.of();
  private List<AttributedString> statusRows = List.of();
  private int statusWidth; // that they are for
  private boolean statusShown;
  private boolean cursorHidden;
  private int columns; // of the terminal, as it was last asked
  private boolean left; // whether nothing is drawn any more
  private boolean midLine; // whether plain text has not ended its line

  private Screen(
      PrintStream out, PrintStream err, Optional<Terminal> terminal, Look look, boolean isRead) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.look = look;
    this.isRead = isRead;
    // The cursor is at the first of these rows, where it stays however wide the window becomes.
    this.drawn = terminal.map(LiveRows::new).orElse(null);
  }

  /** A terminal that can place its cursor. */
  public static Screen of(Terminal terminal, PrintStream err, Look look) {
    return new Screen(null, err, Optional.of(terminal), look, true);
  }

  /**
   * Text alone.
   *
   * @param out takes what was asked for; makes control characters visible itself if it must
   * @param err takes remarks
   * @param isRead whether a person reads it, and no program
   */
  public static Screen plain(PrintStream out, PrintStream err, boolean isRead) {
    return new Screen(out, err, Optional.empty(), Look.PLAIN, isRead);
  }

  /** Whether a person reads it; programs want the answers alone. */
  public boolean isRead() {
    return isRead;
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
    return Math.max(NARROWEST, (isPlain() ? PLAIN_WIDTH + 1 : columns()) - 1);
  }

  private synchronized int columns() {
    columns = left ? columns : drawn.size().getColumns();
    return columns;
  }

  /** Shows rows for good; what still changes goes on below them. */
  public synchronized void print(List<AttributedString> rows) {
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
  public synchronized void update(List<AttributedString> settled, List<AttributedString> changing) {
    if (isPlain()) {
      if (!settled.isEmpty()) {
        endLine();
        settled.forEach(row -> out.println(row.toString().stripTrailing()));
        out.flush();
      }
      return;
    }
    live = List.copyOf(changing);
    draw(settled);
  }

  private synchronized void draw(List<AttributedString> settled) {
    if (left) {
      return;
    }
    int most = Math.max(1, drawn.size().getRows() - 1);
    List<AttributedString> below = statusShown && most > 2 ? statusRows() : List.of();
    int room = most - below.size();
    List<AttributedString> next = new ArrayList<>();
    live.subList(Math.max(0, live.size() - room), live.size())
        .forEach(row -> next.add(visible(row)));
    next.addAll(below);
    if (settled.isEmpty() && drawn.shows(next)) {
      return;
    }
    if (cursorHidden == next.isEmpty()) {
      cursorHidden = !cursorHidden;
      control(cursorHidden ? HIDE_CURSOR : SHOW_CURSOR);
    }
    drawn.draw(settled.stream().map(Screen::visible).toList(), next, 0, 0);
    terminal.ifPresent(Terminal::flush);
  }

  /** Sends a sequence of the shell's own, such as that for the clipboard. */
  public synchronized void control(String sequence) {
    if (!left) {
      terminal.ifPresent(
          to -> {
            to.writer().print(sequence);
            to.flush();
          });
    }
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

  /**
   * Shows a status below all else, until a line is read.
   *
   * @param rows for a width; may be none
   */
  public synchronized void status(IntFunction<List<AttributedString>> rows) {
    status = rows;
    statusWidth = 0;
    statusShown = true;
    if (!isPlain()) {
      draw(List.of());
    }
  }

  /** The status for the screen's width. */
  synchronized List<AttributedString> statusRows() {
    if (statusWidth != width()) {
      statusWidth = width();
      statusRows = status.apply(statusWidth).stream().map(Screen::visible).toList();
    }
    return statusRows;
  }

  /** Leaves the terminal to somebody else, who begins at the beginning of an empty row. */
  synchronized void handOver() {
    handOver(List.of());
  }

  private void handOver(List<AttributedString> settled) {
    if (!isPlain()) {
      live = List.of();
      statusShown = false;
      draw(settled);
    }
  }

  /**
   * Leaves the terminal for good, from any thread, in the middle of whatever is shown: what there
   * is of an answer stays, the status goes, and nothing is drawn any more.
   */
  public synchronized void leave() {
    if (!isPlain() && !left) {
      int unused = columns(); // the last time that the terminal is asked
      if (statusShown || !live.isEmpty()) {
        handOver(live);
      }
      left = true;
    }
  }

  /** Leaves the terminal as it was found. */
  @Override
  public void close() {
    endLine();
    handOver();
  }
}
