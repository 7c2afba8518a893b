package dev.bookend.cli;

import dev.bookend.error.VisibleText;
import dev.bookend.remote.CloudEvent;
import dev.bookend.remote.CloudListener;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
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
  private boolean waiting; // whether the last notice was about waiting
  private boolean open; // whether the cursor stands behind a notice
  private boolean midLine; // whether the cursor stands behind a piece of an answer

  CloudNotices() {
    this(
        System.err, StandardStreams::control, StandardStreams.errorIsTerminal(), UNTIL_TOLD_MILLIS);
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
    if (event instanceof CloudEvent.Searching searching) {
      if (!told) {
        later("asking " + String.join(", ", searching.servers()) + " for the middle layers ...");
      }
    } else if (event instanceof CloudEvent.SearchEnded) {
      if (!told) {
        nothing();
      }
    } else if (event instanceof CloudEvent.Lost) {
      later("cloud lost; reconnecting ...");
    } else if (event instanceof CloudEvent.Reconnecting to) {
      String notice =
          "cloud lost; reconnecting to %s (%d of %d) ..."
              .formatted(to.server(), to.number(), to.of());
      if (told) {
        say(notice);
      } else {
        later(notice);
      }
    } else if (event instanceof CloudEvent.Reconnected back) {
      nothing();
      if (told) {
        say("reconnected to " + back.server() + " after " + seconds(back.after()));
      }
      told = false;
    } else if (event instanceof CloudEvent.Waiting forAnswer) {
      waiting = true;
      if (terminal || !wasWaiting) {
        say(
            "waiting for %s%s%s ..."
                .formatted(
                    forAnswer.server(),
                    forAnswer.forPlace() ? ", which may have no place for a session free" : "",
                    terminal ? ", " + seconds(forAnswer.since()) : ""));
      }
    } else if (event instanceof CloudEvent.PassedOver other) {
      say("not used: " + VisibleText.of(other.reason()));
    }
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1e3);
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
    err.print(notice);
    err.flush();
    control.accept("\u001b[K");
    open = true;
  }

  /** A piece of an answer comes next: not on the line of a notice. */
  synchronized void beforePiece(String text) {
    end();
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
