package dev.bookend.cli.chat;

import java.util.Optional;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.utils.Signals;

/**
 * Ctrl-C. Once it ends what is under way, twice it leaves the shell. Safe for use by several
 * threads.
 */
public final class Interrupts implements AutoCloseable {
  private final Optional<Terminal> terminal;
  private final boolean byJava;
  private Runnable work; // ends what is under way; null: nothing is
  private Object before; // Java's own handler, where that had to be replaced
  private int pressed; // since something else was last done
  private boolean leaving;

  /**
   * Watches a terminal.
   *
   * @param terminal that tells of Ctrl-C; empty: it ends the program, as anywhere else
   * @param byJava whether the terminal can do nothing, and does not tell
   */
  public Interrupts(Optional<Terminal> terminal, boolean byJava) {
    this.terminal = terminal;
    this.byJava = byJava;
    terminal.ifPresent(from -> from.handle(Signal.INT, signal -> press()));
  }

  private void press() {
    Runnable end;
    synchronized (this) {
      pressed++;
      leaving |= pressed > 1;
      end = work;
    }
    if (end != null) {
      end.run();
    }
  }

  /** Ctrl-C was pressed where a line is typed. */
  public synchronized void pressedAtPrompt(boolean lineWasEmpty) {
    pressed = lineWasEmpty ? pressed + 1 : 0;
    leaving |= pressed > 1;
  }

  /** The user does something else: the next Ctrl-C is the first again. */
  public synchronized void begin() {
    pressed = 0;
    leaving = false;
  }

  /** Whether the user wants to leave. */
  public synchronized boolean isLeaving() {
    return leaving;
  }

  /** Whether the last thing was ended by Ctrl-C. */
  public synchronized boolean wasPressed() {
    return pressed > 0;
  }

  /** From now on Ctrl-C ends some work, until the returned is closed. */
  public Watch during(Runnable end) {
    synchronized (this) {
      work = end;
      if (byJava) {
        before = Signals.register("INT", this::press);
      }
    }
    return () -> {
      synchronized (this) {
        work = null;
        if (byJava) {
          Signals.unregister("INT", before);
        }
      }
    };
  }

  /** Work that Ctrl-C ends. */
  public interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  @Override
  public void close() {
    terminal.ifPresent(from -> from.handle(Signal.INT, Terminal.SignalHandler.SIG_DFL));
  }
}
