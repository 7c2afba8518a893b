package dev.bookend.model.store;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * How far a fetch has come. Any thread counts; the one that waits for the fetch tells the {@link
 * Progress}.
 */
final class Tally {
  private static final long REPEATED_NANOS = 3_000_000_000L;

  private final String what;
  private final Progress progress;
  private final Thread owner = Thread.currentThread();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong total = new AtomicLong(-1);
  private final AtomicReference<String> remark = new AtomicReference<>();
  private String last = "";
  private long lastNanos;

  /**
   * @param what is fetched, for display
   */
  Tally(String what, Progress progress) {
    this.what = what;
    this.progress = progress;
  }

  void expect(long bytes) {
    total.set(bytes);
  }

  void add(long bytes) {
    done.addAndGet(bytes);
  }

  long done() {
    return done.get();
  }

  /**
   * Something else to tell, in few words. What several threads say at about the same time counts
   * once.
   */
  void remark(String text) {
    long now = System.nanoTime();
    synchronized (this) {
      if (text.equals(last) && now - lastNanos < REPEATED_NANOS) {
        return;
      }
      last = text;
      lastNanos = now;
    }
    remark.set(text);
    if (Thread.currentThread() == owner) {
      report();
    }
  }

  /** Tells the progress; only for the thread that started the fetch. */
  void report() {
    Optional.ofNullable(remark.getAndSet(null)).ifPresent(text -> progress.update(text, 0, -1));
    progress.update(what, done.get(), total.get());
  }
}
