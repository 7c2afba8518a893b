package dev.bookend.cli;

import dev.bookend.cli.notice.CloudWords;
import dev.bookend.remote.CloudEvent;
import dev.bookend.remote.CloudListener;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Says on stderr what a user waits for, once he has waited for a second. On a terminal a notice is
 * written over the one before, elsewhere each is a line.
 */
final class CloudNotices implements CloudListener {
  private static final long UNTIL_TOLD_MILLIS = 1_000;

  /** How many times the longest wait before, once an answer has begun. */
  private static final int WORTH_TELLING = 3;

  private static final ScheduledExecutorService TIMER =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "bookend-notices");
            thread.setDaemon(true);
            return thread;
          });

  private final PrintStream err;
  private final Consumer<String> control;
  private final boolean terminal;
  private final long untilToldMillis;

  private ScheduledFuture<?> pending; // null: nothing is about to be said
  private String next = ""; // what
  private boolean told; // whether the loss that lasts has been told of
  private boolean waiting; // whether the last notice was about this waiting
  private boolean open; // whether the cursor stands behind a notice
  private boolean midLine; // whether the cursor stands behind a piece of an answer
  private Duration waited = Duration.ZERO; // for the next piece, as far as is known
  private Duration usual = Duration.ZERO; // longest wait for a piece before

  CloudNotices() {
    this(
        System.err,
        StandardStreams::control,
        StandardStreams.errorIsTerminal() && !StandardStreams.isDumb(),
        UNTIL_TOLD_MILLIS);
  }

  /**
   * @param control takes sequences for the terminal, which {@code err} would make visible
   * @param untilToldMillis how long something must last until it is told
   */
  CloudNotices(PrintStream err, Consumer<String> control, boolean terminal, long untilToldMillis) {
    this.err = err;
    this.control = control;
    this.terminal = terminal;
    this.untilToldMillis = untilToldMillis;
  }

  @Override
  public synchronized void onEvent(CloudEvent event) {
    boolean wasWaiting = waiting;
    waiting = false;
    if (event instanceof CloudEvent.Searching) {
      if (!told) {
        later(CloudWords.of(event));
      }
    } else if (event instanceof CloudEvent.SearchEnded) {
      if (!told) {
        nothing();
      }
    } else if (event instanceof CloudEvent.Lost) {
      later(CloudWords.of(event));
    } else if (event instanceof CloudEvent.Reconnecting) {
      if (told) {
        say(CloudWords.of(event));
      } else {
        later(CloudWords.of(event));
      }
    } else if (event instanceof CloudEvent.Reconnected) {
      nothing();
      if (told) {
        say(CloudWords.of(event));
      }
      told = false;
    } else if (event instanceof CloudEvent.Waiting forAnswer) {
      waited = forAnswer.since();
      // On a slow link each piece is waited for: said each time, it would only be in the way.
      boolean isLong = waited.compareTo(usual.multipliedBy(WORTH_TELLING)) > 0;
      if (isLong && (terminal || !wasWaiting)) {
        say(terminal ? CloudWords.counted(forAnswer) : CloudWords.of(forAnswer));
      }
      waiting = isLong;
    } else if (event instanceof CloudEvent.PassedOver) {
      say(CloudWords.of(event));
    }
  }

  private void later(String notice) {
    next = notice;
    if (pending == null) {
      pending = TIMER.schedule(this::sayNext, untilToldMillis, TimeUnit.MILLISECONDS);
    }
  }

  private void nothing() {
    if (pending != null) {
      pending.cancel(false);
      pending = null;
    }
  }

  private synchronized void sayNext() {
    if (pending != null) {
      pending = null;
      told = true;
      say(next);
    }
  }

  private void say(String notice) {
    if (!terminal) {
      err.println(notice);
      return;
    }
    if (midLine) {
      err.println();
      midLine = false;
    }
    control.accept("\r");
    err.print(TerminalWidth.cut(notice));
    err.flush();
    control.accept("\u001b[K");
    open = true;
  }

  /** A piece of an answer comes next: not on the line of a notice. */
  synchronized void beforePiece(String text) {
    end();
    usual = usual.compareTo(waited) < 0 ? waited : usual;
    waiting = false;
    waited = Duration.ZERO;
    midLine = !text.endsWith("\n");
  }

  /** Nothing more comes: a line that a notice stands on ends. */
  synchronized void end() {
    nothing();
    if (open) {
      err.println();
      err.flush();
      open = false;
    }
    midLine = false;
  }
}
