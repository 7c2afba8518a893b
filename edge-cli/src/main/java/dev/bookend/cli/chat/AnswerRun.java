package dev.bookend.cli.chat;

import dev.bookend.Bookend;
import dev.bookend.Completion;
import dev.bookend.CompletionListener;
import dev.bookend.CompletionRequest;
import dev.bookend.DraftedText;
import dev.bookend.DraftedText.Part;
import dev.bookend.RunningCompletion;
import dev.bookend.decoding.RoundTrip;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * One answer under way: what comes is shown by the calling thread at a steady pace, however fast it
 * comes, and Ctrl-C ends it.
 */
final class AnswerRun {
  private static final long TICK_MILLIS = 40;

  private final Queue<Object> events = new ConcurrentLinkedQueue<>();
  private final StringBuilder told = new StringBuilder();
  private final List<Part> parts = new ArrayList<>();
  private final AnswerView view;
  private final long start = System.nanoTime();
  private int tokens;
  private int roundTrips;

  AnswerRun(AnswerView view) {
    this.view = view;
  }

  /**
   * Generates the answer.
   *
   * @param tick is called again and again meanwhile, after what has come was given to the view
   * @throws RuntimeException as {@link Bookend#complete}; what was told before stands
   */
  Completion run(
      Bookend bookend, CompletionRequest request, Interrupts interrupts, Consumer<AnswerRun> tick) {
    DraftedText drafted = new DraftedText(bookend.model());
    RunningCompletion running =
        bookend.start(
            request,
            new CompletionListener() {
              @Override
              public void onPiece(Piece piece) {
                events.add(piece);
              }

              @Override
              public void onRoundTrip(RoundTrip roundTrip) {
                events.add(roundTrip);
              }
            });
    try (Interrupts.Watch watch = interrupts.during(running::cancel)) {
      while (true) {
        boolean done = awaitTick(running);
        drain(drafted);
        if (done) {
          parts.addAll(drafted.finish());
          view.finish();
        }
        tick.accept(this);
        if (done) {
          return result(running);
        }
      }
    }
  }

  private static boolean awaitTick(RunningCompletion running) {
    try {
      running.result().get(TICK_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true;
    } catch (InterruptedException e) {
      running.cancel();
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private void drain(DraftedText drafted) {
    for (Object event = events.poll(); event != null; event = events.poll()) {
      if (event instanceof CompletionListener.Piece piece) {
        tokens = tokens == 0 ? 1 : tokens; // the first comes without a round trip
        told.append(piece.text());
        parts.addAll(drafted.add(piece));
        view.add(piece);
      } else {
        RoundTrip roundTrip = (RoundTrip) event;
        tokens += roundTrip.tokens().size();
        roundTrips++;
        parts.addAll(drafted.add(roundTrip));
        view.add(roundTrip);
      }
    }
  }

  private static Completion result(RunningCompletion running) {
    try {
      return running.result().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** What the model has said so far. */
  String told() {
    return told.toString();
  }

  /** The same in parts. */
  List<Part> parts() {
    return List.copyOf(parts);
  }

  AnswerView view() {
    return view;
  }

  int tokens() {
    return tokens;
  }

  int roundTrips() {
    return roundTrips;
  }

  double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }
}
