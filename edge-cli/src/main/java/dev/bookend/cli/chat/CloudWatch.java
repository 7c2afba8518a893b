package dev.bookend.cli.chat;

import dev.bookend.cli.notice.CloudWords;
import dev.bookend.remote.CloudEvent;
import dev.bookend.remote.CloudListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What a user waits for, to be shown while it lasts. What is over within a second is not told. Safe
 * for use by several threads.
 */
public final class CloudWatch implements CloudListener {
  private static final long UNTIL_TOLD_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long AFTERWARDS_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final List<String> remarks = new ArrayList<>();
  private CloudEvent last; // null: nothing is waited for
  private long since; // when the trouble began
  private boolean over; // whether it has ended
  private boolean lost; // whether a loss lasts
  private long lostNanos;

  @Override
  public synchronized void onEvent(CloudEvent event) {
    long now = System.nanoTime();
    if (event instanceof CloudEvent.PassedOver) {
      remarks.add(CloudWords.of(event));
      return;
    }
    if (event instanceof CloudEvent.SearchEnded) {
      if (!lost) {
        last = null;
      }
      return;
    }
    if (event instanceof CloudEvent.Reconnected back) {
      if (lost && now - lostNanos >= UNTIL_TOLD_NANOS) {
        remarks.add("the cloud was lost; " + CloudWords.of(back) + ", and the answer went on");
      }
      lost = false;
      over = true;
      last = event;
      since = now;
      return;
    }
    if (event instanceof CloudEvent.Lost && !lost) {
      lost = true;
      lostNanos = now;
    }
    if (last == null || over) {
      since = event instanceof CloudEvent.Waiting waiting ? now - waiting.since().toNanos() : now;
    }
    if (!(event instanceof CloudEvent.Searching && lost)) { // what it is searched for says more
      last = event;
    }
    over = false;
  }

  /** What to show now. */
  public synchronized Optional<String> notice() {
    if (last == null) {
      return Optional.empty();
    }
    long age = System.nanoTime() - since;
    if (over) {
      return age < AFTERWARDS_NANOS && !remarks.isEmpty()
          ? Optional.of(CloudWords.of(last) + "; going on")
          : Optional.empty();
    }
    if (last instanceof CloudEvent.Waiting waiting) {
      return Optional.of(CloudWords.counted(waiting, Duration.ofNanos(age)));
    }
    return age < UNTIL_TOLD_NANOS
        ? Optional.empty()
        : Optional.of(CloudWords.of(last) + " " + CloudWords.seconds(Duration.ofNanos(age)));
  }

  /** An answer has come: nothing is waited for any more. */
  public synchronized void arrived() {
    if (last instanceof CloudEvent.Waiting || last instanceof CloudEvent.Searching) {
      last = null;
    }
  }

  /** What is to be said once the answer is there, and forgets it. */
  public synchronized List<String> takeRemarks() {
    List<String> taken = List.copyOf(remarks);
    remarks.clear();
    last = null;
    over = false;
    lost = false;
    return taken;
  }
}
