package dev.bookend.cli;

import dev.bookend.error.VisibleText;
import dev.bookend.model.store.Progress;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongFunction;

/**
 * Progress on stderr: a bar that is drawn over itself on a terminal, a line for every tenth
 * elsewhere.
 */
final class ProgressBar implements Progress, AutoCloseable {
  private static final int WIDTH = 30;
  private static final long REDRAW_NANOS = 100_000_000;

  private final LongFunction<String> amount;
  private final PrintStream err = System.err;
  private final boolean terminal = StandardStreams.errorIsTerminal();
  private String current = "";
  private long drawn;
  private int tenth;

  /** Progress in bytes. */
  ProgressBar() {
    this(ProgressBar::megabytes);
  }

  /**
   * @param amount how to write an amount
   */
  ProgressBar(LongFunction<String> amount) {
    this.amount = amount;
  }

  @Override
  public void update(String what, long done, long total) {
    if (!what.equals(current)) {
      end();
      current = what;
      tenth = 0;
      drawn = 0;
    }
    if (!terminal) {
      line(what, done, total);
    } else if (System.nanoTime() - drawn > REDRAW_NANOS || done == total) {
      drawn = System.nanoTime();
      StandardStreams.control("\r");
      err.print(VisibleText.line(what) + " " + bar(done, total));
      StandardStreams.control("\u001b[K");
    }
  }

  private void line(String what, long done, long total) {
    int reached = total <= 0 ? 0 : (int) (10 * done / total);
    if (reached > tenth) {
      tenth = reached;
      err.println(VisibleText.line(what) + " " + 10 * reached + " % of " + amount.apply(total));
    }
  }

  private String bar(long done, long total) {
    if (total <= 0) {
      return amount.apply(done);
    }
    int filled = (int) (WIDTH * done / total);
    return "["
        + "#".repeat(filled)
        + "-".repeat(WIDTH - filled)
        + "] "
        + amount.apply(done)
        + " of "
        + amount.apply(total);
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  /** Ends the line of a bar, for what else is printed. */
  void end() {
    if (terminal && !current.isEmpty()) {
      err.println();
    }
    current = "";
  }

  @Override
  public void close() {
    end();
  }
}
