package dev.bookend.background;

import com.google.common.base.Throwables;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Work that is done on a thread of its own, which ends with it: PyTorch keeps workers for each
 * thread that has called it. Safe for use by several threads.
 */
public final class Background<T> {
  private final CompletableFuture<T> work;
  private final Executor thread;

  private Background(CompletableFuture<T> work, Executor thread) {
    this.work = work;
    this.thread = thread;
  }

  /**
   * Begins.
   *
   * @param name of the thread
   */
  public static <T> Background<T> begin(String name, Supplier<T> work) {
    Executor thread = thread(name);
    return new Background<>(CompletableFuture.supplyAsync(work, thread), thread);
  }

  /**
   * Does the same with each, all at the same time, and waits; with the others too where one fails.
   *
   * @param name of the threads
   */
  public static <T> void forEach(String name, List<T> all, Consumer<T> work) {
    Executor thread = thread(name);
    CompletableFuture<Void> done =
        CompletableFuture.allOf(
            all.stream()
                .map(one -> CompletableFuture.runAsync(() -> work.accept(one), thread))
                .toArray(CompletableFuture<?>[]::new));
    new Background<>(done, thread).result();
  }

  private static Executor thread(String name) {
    return task -> new Thread(task, name).start();
  }

  /** More work of that kind, once this has succeeded; it fails as this does. */
  public <U> Background<U> andThen(Function<T, U> more) {
    return new Background<>(work.thenApplyAsync(more, thread), thread);
  }

  /** Whether {@link #result} would not wait. */
  public boolean isDone() {
    return work.isDone();
  }

  /** Whether it was done and has not failed. */
  public boolean hasSucceeded() {
    return work.isDone() && !work.isCompletedExceptionally();
  }

  /** Waits for the result; throws what the work has thrown. */
  public T result() {
    try {
      return work.join();
    } catch (CompletionException e) {
      Throwables.throwIfUnchecked(e.getCause());
      throw e;
    }
  }

  /** Waits until it is over. What came of it, if it did not fail, is for its owner to close. */
  public void end(Consumer<T> owner) {
    work.thenAccept(owner).exceptionally(failure -> null).join();
  }
}
