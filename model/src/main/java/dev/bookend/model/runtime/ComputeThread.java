package dev.bookend.model.runtime;

import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The thread on which all layers of this process are computed on the CPU, one step after the other,
 * small ones first.
 *
 * <p>PyTorch spreads an operation over the cores with OpenMP, which keeps a team of workers for
 * each thread that asks it to. Edge and embedded cloud on threads of their own would have two teams
 * on the same cores, each waking, or spinning, while the other computes.
 */
public final class ComputeThread {
  private static final String NAME = "bookend-compute";
  private static final int MOST_TOKENS_OF_SMALL_STEPS = 64;
  private static final ComputeTasks TASKS =
      new ComputeTasks(System::nanoTime, Duration.ofMillis(2));
  private static final Thread THREAD = new Thread(ComputeThread::work, NAME);

  static {
    THREAD.setDaemon(true);
    THREAD.start();
  }

  private ComputeThread() {}

  private static void work() {
    while (true) {
      try {
        TASKS.runNext();
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts this thread", e);
      } catch (RuntimeException | Error e) { // of work that should have dealt with it
        THREAD.getUncaughtExceptionHandler().uncaughtException(THREAD, e);
      }
    }
  }

  /** Whether a step counts as large: parts of prompts do, steps with draft tokens do not. */
  public static boolean isLarge(long tokens) {
    return tokens > MOST_TOKENS_OF_SMALL_STEPS;
  }

  /**
   * Computes nothing any more: waits until what is being computed is done, and lets whoever asks
   * for more wait for ever. For a process that ends, because PyTorch's libraries are taken apart
   * under a thread that still computes.
   *
   * @param patience how long to wait at most
   */
  public static void finish(Duration patience) {
    CountDownLatch done = new CountDownLatch(1);
    TASKS.addSmall(
        () -> {
          done.countDown();
          while (true) {
            LockSupport.park();
          }
        });
    boolean unused = Uninterruptibles.awaitUninterruptibly(done, patience);
  }

  /**
   * Runs work on that thread. Waits until it is done even if interrupted, because the work uses
   * memory that the caller frees. Every operation that is large enough for PyTorch to spread it
   * over the cores belongs here.
   */
  public static <T> T run(Supplier<T> work) {
    return run(TASKS::addSmall, work);
  }

  /** The same of work that may take longer than others can wait for their next token. */
  public static <T> T runLarge(Supplier<T> work) {
    return run(TASKS::addLarge, work);
  }

  /**
   * Runs work on that thread once its turn comes; does not wait for it.
   *
   * @param isLarge as of {@link #runLarge}
   * @param work which deals with its own failures
   */
  public static void execute(boolean isLarge, Runnable work) {
    if (isLarge) {
      TASKS.addLarge(work);
    } else {
      TASKS.addSmall(work);
    }
  }

  private static <T> T run(Executor executor, Supplier<T> work) {
    if (Thread.currentThread() == THREAD) {
      return work.get();
    }
    try {
      return CompletableFuture.supplyAsync(work, executor).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }
}
