package dev.bookend.cli.chat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jline.reader.impl.LineReaderImpl;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/**
 * JLine's reader of lines, in a window that may change its size at any moment, with the status
 * below the line.
 *
 * <p>A long line in a window that is made narrower is wrapped by most terminals, and where it
 * begins then nobody can tell: a terminal may tell of a size when it has the next one already. What
 * is above the row where the line surely was stays there, and is seen twice. So that this is not
 * once for each size that a window has while its edge is drawn along, such a line is left to the
 * terminal until the window has come to rest.
 */
final class PromptReader extends LineReaderImpl {
  private static final long REST_MILLIS = 300; // tmux tells of a size every 250

  private final Screen screen;
  private final LiveRows drawn;
  private final Executor atRest =
      CompletableFuture.delayedExecutor(REST_MILLIS + 20, TimeUnit.MILLISECONDS);
  private long resized = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(REST_MILLIS);

  PromptReader(Terminal terminal, Screen screen) {
    super(terminal, "bookend", null);
    this.screen = screen;
    this.drawn = new LiveRows(terminal);
  }

  @Override
  protected void redisplay(boolean flush) {
    lock.lock();
    try {
      boolean rests = fit();
      if (skipRedisplay || !reading || rests || !drawn.mayHaveMoved()) {
        super.redisplay(flush);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes in the window's size.
   *
   * @return whether it has been the same for a while
   */
  private boolean fit() {
    Size now = drawn.size();
    boolean same = now.getColumns() == size.getColumns() && now.getRows() == size.getRows();
    if (display instanceof PromptDisplay) {
      if (!same) {
        resized = System.nanoTime();
        atRest.execute(this::redisplayAtRest);
      }
    } else {
      display = new PromptDisplay(terminal, drawn);
      drawn.forget();
      same = false;
    }
    if (!same) {
      size = now;
      display.resize(now);
    }
    return System.nanoTime() - resized >= TimeUnit.MILLISECONDS.toNanos(REST_MILLIS);
  }

  private void redisplayAtRest() {
    lock.lock();
    try {
      if (reading) {
        redisplay(true);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  protected void handleSignal(Signal signal) {
    if (signal != Signal.WINCH) {
      super.handleSignal(signal);
      return;
    }
    lock.lock();
    try {
      drawn.resized();
      redisplayAtRest();
    } finally {
      lock.unlock();
    }
  }

  /** The line with what is shown below it. */
  @Override
  public AttributedString getDisplayedBufferWithPrompts(List<AttributedString> secondaryPrompts) {
    AttributedString line = super.getDisplayedBufferWithPrompts(secondaryPrompts);
    List<AttributedString> status = screen.statusRows();
    int rows = line.columnSplitLength(terminal, size.getColumns(), true, false).size();
    if (!reading || post != null || rows + status.size() > size.getRows()) {
      return line;
    }
    AttributedStringBuilder all = new AttributedStringBuilder().append(line);
    status.forEach(row -> all.append("\n").append(row));
    return all.toAttributedString();
  }
}
