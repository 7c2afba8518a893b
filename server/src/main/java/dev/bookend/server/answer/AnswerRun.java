package dev.bookend.server.answer;

import dev.bookend.Bookend;
import dev.bookend.Cancellation;
import dev.bookend.Completion;
import dev.bookend.CompletionListener;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.decoding.RoundTrip;
import dev.bookend.server.http.ApiException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The completions of one request, a few of which run side by side. Where the client hangs up, or
 * one of them fails, all are cancelled. Safe for use by several threads.
 */
public final class AnswerRun {
  /** One completion of a request. */
  @FunctionalInterface
  public interface Work {
    /**
     * Makes it.
     *
     * @param bookend the model
     */
    Completion run(Bookend bookend, CompletionListener listener, Cancellation cancellation);
  }

  /** Hears what completions say, one thread at a time, and nothing once they are cancelled. */
  public interface Listener {
    /** There is more of a completion's text. */
    void piece(int index, Piece piece);

    /** A round trip of a completion is over; its pieces were told before. */
    void roundTrip(int index, RoundTrip roundTrip);
  }

  /** Watches what completions cost. */
  public interface Watcher {
    /** A round trip is over. */
    void roundTrip(RoundTrip roundTrip);

    /** A completion is over, whole or cancelled. */
    void completion(Completion completion);
  }

  /** Is told how it ends, on any thread. */
  public interface Ending {
    /** One is whole; each is told once, and before that all are. */
    void completed(int index, Completion completion);

    /** All completions are whole. Unless they are cancelled, this or a failure is told, once. */
    void completed(List<Completion> completions);

    /** One has failed; the others are cancelled. */
    void failed(ApiException error);

    /** No thread is at work any more; comes last, also where it was cancelled. */
    void idle();
  }

  private final List<Cancellation> cancellations;
  private final Completion[] completions;
  private final Watcher watcher;
  private final Ending ending;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger atWork;
  private int left;
  private boolean over;

  private AnswerRun(int count, int workers, Watcher watcher, Ending ending) {
    this.cancellations = Stream.generate(Cancellation::new).limit(count).toList();
    this.completions = new Completion[count];
    this.left = count;
    this.atWork = new AtomicInteger(workers);
    this.watcher = watcher;
    this.ending = ending;
  }

  /**
   * Starts completions.
   *
   * @param workers how many run at a time
   * @param listener is told all with the index of the completion
   */
  public static AnswerRun start(
      Bookend bookend,
      Executor threads,
      int workers,
      Watcher watcher,
      List<Work> works,
      Listener listener,
      Ending ending) {
    AnswerRun run = new AnswerRun(works.size(), workers, watcher, ending);
    for (int i = 0; i < workers; i++) {
      try {
        threads.execute(() -> run.work(bookend, works, listener));
      } catch (RejectedExecutionException e) {
        run.stop();
        run.rest();
      }
    }
    return run;
  }

  /** Makes one completion after the other, as long as there are any left. */
  private void work(Bookend bookend, List<Work> works, Listener listener) {
    try {
      int index = next.getAndIncrement();
      while (index < works.size() && !isOver()) {
        perform(index, bookend, works.get(index), listener);
        index = next.getAndIncrement();
      }
    } finally {
      rest();
    }
  }

  private synchronized boolean isOver() {
    return over;
  }

  private void perform(int index, Bookend bookend, Work work, Listener listener) {
    Cancellation cancellation = cancellations.get(index);
    try {
      Completion completion =
          work.run(
              bookend,
              new CompletionListener() {
                @Override
                public void onPiece(Piece piece) {
                  tell(() -> listener.piece(index, piece));
                }

                @Override
                public void onRoundTrip(RoundTrip roundTrip) {
                  watcher.roundTrip(roundTrip);
                  tell(() -> listener.roundTrip(index, roundTrip));
                }
              },
              cancellation);
      watcher.completion(completion);
      complete(index, completion);
    } catch (RuntimeException | Error e) {
      fail(ApiException.of(e));
    }
  }

  private void rest() {
    if (atWork.decrementAndGet() == 0) {
      ending.idle();
    }
  }

  private synchronized void tell(Runnable word) {
    if (!over) {
      word.run();
    }
  }

  private void complete(int index, Completion completion) {
    boolean last;
    synchronized (this) {
      completions[index] = completion;
      left--;
      if (!over) {
        ending.completed(index, completion);
      }
      last = left == 0 && !over;
      over |= last;
    }
    if (last) {
      try {
        ending.completed(Arrays.asList(completions));
      } catch (RuntimeException e) { // they cannot be written
        ending.failed(ApiException.of(e));
      }
    }
  }

  private void fail(ApiException error) {
    boolean first;
    synchronized (this) {
      first = !over;
      over = true;
    }
    if (first) {
      cancel();
      ending.failed(error);
    }
  }

  /** Ends all completions because the server ends, which the client is told. */
  public void stop() {
    fail(ApiException.stopping());
  }

  /** Ends all completions after the step that each is at; nobody is told. */
  public void cancel() {
    synchronized (this) {
      over = true;
    }
    cancellations.forEach(Cancellation::cancel);
  }
}
