package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Tries again after failures that may be temporary, and keeps the pauses that the hub asks for. */
final class Retries {
  private static final int ATTEMPTS = 5;
  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final long MOST_PAUSE_MILLIS = 10_000;
  private static final long SOME_BYTES = 64 << 10;

  /** Longer than the hub's window for counting requests, which is five minutes. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

  private final HubName name;
  private final Tally tally;

  Retries(HubName name, Tally tally) {
    this.name = name;
    this.tally = tally;
  }

  /** What is tried. */
  @FunctionalInterface
  interface Step<T> {
    T run() throws IOException;
  }

  <T> T run(Step<T> step) throws RangesIgnoredException {
    return run(step, () -> 0);
  }

  /**
   * Tries.
   *
   * @param here how many bytes have arrived; a try that adds many does not count as failed
   * @throws BookendException if it fails for good
   */
  <T> T run(Step<T> step, LongSupplier here) throws RangesIgnoredException {
    long pause = FIRST_PAUSE_MILLIS;
    long before = here.getAsLong();
    Duration waited = Duration.ZERO;
    for (int attempt = 1; ; attempt++) {
      try {
        return step.run();
      } catch (RangesIgnoredException e) {
        throw e;
      } catch (FileSystemException e) {
        throw new BookendException(
            ErrorCode.IO_FAILED, "cannot write " + e.getFile() + ": " + e.getReason(), e);
      } catch (IOException e) {
        if (e instanceof HubBusyException busy) {
          waited = waited.plus(busy.pause());
          if (waited.compareTo(LONGEST_WAIT) > 0) {
            throw new BookendException(
                ErrorCode.HUB_UNREACHABLE,
                "%s cannot be fetched: %s and asks to wait for %d s; what is here is kept: try again"
                        .formatted(name, e.getMessage(), busy.pause().toSeconds())
                    + " then",
                e);
          }
          if (busy.pause().toSeconds() > 0) {
            tally.remark("waiting %d s, as the hub asks".formatted(busy.pause().toSeconds()));
          }
          pause = Math.max(pause, busy.pause().toMillis());
        }
        if (here.getAsLong() - before >= SOME_BYTES) {
          before = here.getAsLong();
          attempt = 0;
          pause = FIRST_PAUSE_MILLIS;
        } else if (attempt == ATTEMPTS) {
          throw new BookendException(
              ErrorCode.HUB_UNREACHABLE,
              "%s cannot be fetched (%s); what is here is kept: try again"
                  .formatted(name, e.getMessage()),
              e);
        }
      }
      sleep(pause);
      pause = Math.min(pause, MOST_PAUSE_MILLIS) * 2;
    }
  }

  private void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BookendException(ErrorCode.CANCELLED, "fetching " + name + " was interrupted", e);
    }
  }
}
