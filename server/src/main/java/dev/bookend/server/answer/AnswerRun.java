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
    void idle(AnswerRun run);
  }

  private final List<Work> works;
  private final int workers;
  private final Listener listener;
  private final List<Cancellation> cancellations;
  private final Completion[] completions;
  private final Watcher watcher;
  private final Ending ending;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger atWork;
  private int left;
  private boolean over;

  /**
   * A run that is still to be started.
   *
   * @param works the completions, by their indices
   * @param workers how many run at a time
   * @param listener is told all with the index of the completion
   */
  public AnswerRun(
      List<Work> works, int workers, Watcher watcher, Listener listener, Ending ending) {
    this.works = List.copyOf(works);
    this.cancellations = Stream.generate(Cancellation::new).limit(works.size()).toList();
    this.completions = new Completion[works.size()];
    this.left = works.size();
    this.workers = workers;
    this.atWork = new AtomicInteger(workers);
    this.watcher = watcher;
    this.listener = listener;
    this.ending = ending;
  }

  /** Starts the completions; to be called once. */
  public void start(Bookend bookend, Executor threads) {
    for (int i = 0; i < workers; i++) {
      try {
        threads.execute(() -> work(bookend));
      } catch (RejectedExecutionException e) {
        stop();
        rest();
      }
    }
  }

  /** Makes one completion after the other, as long as there are any left. */
  private void work(Bookend bookend) {
    try {
      int index = next.getAndIncrement();
      while (index < works.size() && !isOver()) {
        perform(index, bookend, works.get(index));
        index = next.getAndIncrement();
      }
    } finally {
      rest();
    }
  }

  private synchronized boolean isOver() {
    return over;
  }

  private void perform(int index, Bookend bookend, Work work) {
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
      ending.idle(this);
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
