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
 * The completions of one request, which run side by side, each on a thread of its own. Where the
 * client hangs up, or one of them fails, all are cancelled. Safe for use by several threads.
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

  /** Is told how it ends: once, on any thread. */
  public interface Ending {
    /** One is whole; told before that all are. */
    void completed(int index, Completion completion);

    /** All completions are whole. */
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
  private final AtomicInteger atWork;
  private int left;
  private boolean over;

  private AnswerRun(int count, Watcher watcher, Ending ending) {
    this.cancellations = Stream.generate(Cancellation::new).limit(count).toList();
    this.completions = new Completion[count];
    this.left = count;
    this.atWork = new AtomicInteger(count);
    this.watcher = watcher;
    this.ending = ending;
  }

  /**
   * Starts completions.
   *
   * @param listener is told all with the index of the completion
   */
  public static AnswerRun start(
      Bookend bookend,
      Executor threads,
      Watcher watcher,
      List<Work> works,
      Listener listener,
      Ending ending) {
    AnswerRun run = new AnswerRun(works.size(), watcher, ending);
    for (int i = 0; i < works.size(); i++) {
      int index = i;
      try {
        threads.execute(() -> run.perform(index, bookend, works.get(index), listener));
      } catch (RejectedExecutionException e) {
        run.fail(ApiException.stopping());
        run.rest();
      }
    }
    return run;
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
    } finally {
      rest();
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
      ending.completed(Arrays.asList(completions));
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

  /** Ends all completions after the step that each is at. */
  public void cancel() {
    synchronized (this) {
      over = true;
    }
    cancellations.forEach(Cancellation::cancel);
  }
}
