package dev.bookend.cli;

import dev.bookend.error.VisibleText;
import dev.bookend.model.store.Progress;
import java.io.PrintStream;
import java.util.OptionalInt;
import java.util.function.LongFunction;

/**
 * Progress on stderr: a bar that is drawn over itself on a terminal, a line for every tenth
 * elsewhere.
 */
final class ProgressBar implements Progress, AutoCloseable {
  private static final int WIDTH = 30;
  private static final int WIDTH_BESIDE_RATE = 10;
  private static final int LONGEST_NAME = 26;
  private static final long REDRAW_NANOS = 100_000_000;

  private final LongFunction<String> amount;
  private final PrintStream err = System.err;
  private final boolean terminal = StandardStreams.errorIsTerminal() && !StandardStreams.isDumb();
  private final boolean inBytes;
  private TransferRate rate = new TransferRate();
  private String current = "";
  private long drawn;
  private int tenth;

  /** Progress in bytes. */
  ProgressBar() {
    this(ByteAmounts::text, true);
  }

  /**
   * @param amount how to write an amount
   */
  ProgressBar(LongFunction<String> amount) {
    this(amount, false);
  }

  private ProgressBar(LongFunction<String> amount, boolean inBytes) {
    this.amount = amount;
    this.inBytes = inBytes;
  }

  @Override
  public void update(String what, long done, long total) {
    if (!what.equals(current)) {
      end();
      current = what;
      tenth = 0;
      drawn = 0;
      rate = new TransferRate();
      if (!terminal && total < 0) {
        err.println(VisibleText.line(what));
      }
    }
    rate.update(System.nanoTime(), done);
    if (!terminal) {
      line(what, done, total);
    } else if (System.nanoTime() - drawn > REDRAW_NANOS || done == total) {
      drawn = System.nanoTime();
      StandardStreams.control("\r");
      err.print(drawn(VisibleText.line(what), done, total));
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

  /** One row of the terminal: what fits into it, the amount before all else. */
  private String drawn(String what, long done, long total) {
    String usual = shortened(what, total) + " " + bar(done, total);
    OptionalInt columns = TerminalWidth.columns();
    return columns.isEmpty()
        ? usual
        : fitting(usual, what, amounts(done, total), columns.getAsInt());
  }

  /** The usual text if it fits into a row, else the end of the name and the amount. */
  static String fitting(String usual, String what, String amounts, int columns) {
    int room = columns - 1; // in the last column, some terminals begin a new row
    if (usual.length() <= room) {
      return usual;
    }
    int left = Math.max(0, room - amounts.length() - 1);
    String name =
        what.length() <= left
            ? what
            : left < 2 ? "" : "…" + what.substring(what.length() - left + 1);
    return TerminalWidth.cut((name + " " + amounts).strip(), room);
  }

  private String amounts(long done, long total) {
    if (total < 0) {
      return done == 0 ? "" : amount.apply(done);
    }
    return inBytes
        ? ByteAmounts.of(done, total)
        : amount.apply(done) + " of " + amount.apply(total);
  }

  /** Beside a bar there is not much room; the end of a name tells more than its beginning. */
  private static String shortened(String what, long total) {
    return total < 0 || what.length() <= LONGEST_NAME
        ? what
        : "…" + what.substring(what.length() - LONGEST_NAME + 1);
  }

  private String bar(long done, long total) {
    if (total < 0) {
      return amounts(done, total);
    }
    int width = inBytes ? WIDTH_BESIDE_RATE : WIDTH;
    int filled = total == 0 ? width : (int) (width * Math.min(done, total) / total);
    String bar = "[" + "#".repeat(filled) + "-".repeat(width - filled) + "] ";
    return bar + amounts(done, total) + (inBytes ? speed(total - done) : "");
  }

  /** The rate, and how long the rest takes at that rate. */
  private String speed(long left) {
    if (rate.perSecond().isEmpty() || left <= 0) {
      return "";
    }
    double perSecond = rate.perSecond().getAsDouble();
    return ", "
        + ByteAmounts.text((long) perSecond)
        + "/s, "
        + ByteAmounts.time(left / perSecond)
        + " left";
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
