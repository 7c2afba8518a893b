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
 * <p>Where a window that has become narrower wraps the line anew, the reader must know how far up
 * it begins now. That it can tell only when the window has come to rest: a terminal may tell of a
 * size when it has the next one already. Until then it leaves the line to the terminal.
 */
final class PromptReader extends LineReaderImpl {
  private static final long REST_MILLIS = 300; // tmux tells of sizes every 250

  private final Screen screen;
  private final LiveRows drawn;
  private final Executor atRest =
      CompletableFuture.delayedExecutor(REST_MILLIS + 20, TimeUnit.MILLISECONDS);
  private long resized = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(REST_MILLIS);

  PromptReader(Terminal terminal, Screen screen) {
    super(terminal, "bookend", null);
    this.screen = screen;
    this.drawn = new LiveRows(terminal, Rewrapping.isKnown(System.getenv()));
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
    PromptDisplay mine;
    if (display instanceof PromptDisplay known) {
      mine = known;
      if (!same) {
        resized = System.nanoTime();
        atRest.execute(this::redisplayAtRest);
      }
    } else {
      mine = new PromptDisplay(terminal, drawn);
      display = mine;
      drawn.forget();
      same = false;
    }
    if (!same) {
      size = now;
      mine.resize(now);
    }
    boolean rests = System.nanoTime() - resized >= TimeUnit.MILLISECONDS.toNanos(REST_MILLIS);
    mine.setQuiet(rests);
    return rests;
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
