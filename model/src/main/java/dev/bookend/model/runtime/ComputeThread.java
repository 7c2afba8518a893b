package dev.bookend.model.runtime;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The thread on which all layers of this process are computed on the CPU, one step after the other.
 *
 * <p>PyTorch spreads an operation over the cores with OpenMP, which keeps a team of workers for
 * each thread that asks it to. Edge and embedded cloud on threads of their own would have two teams
 * on the same cores, each waking, or spinning, while the other computes.
 */
public final class ComputeThread {
  private static final String NAME = "bookend-compute";
  private static final Executor EXECUTOR = Executors.newSingleThreadExecutor(ComputeThread::start);
  private static volatile Thread thread;

  private ComputeThread() {}

  private static Thread start(Runnable tasks) {
    Thread started = new Thread(tasks, NAME);
    started.setDaemon(true);
    thread = started;
    return started;
  }

  /**
   * Runs work on that thread. Waits until it is done even if interrupted, because the work uses
   * memory that the caller frees. Every operation that is large enough for PyTorch to spread it
   * over the cores belongs here.
   */
  public static <T> T run(Supplier<T> work) {
    if (Thread.currentThread() == thread) {
      return work.get();
    }
    try {
      return CompletableFuture.supplyAsync(work, EXECUTOR).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }
}
