package dev.bookend.learning;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.ComputeThread;
import dev.bookend.model.runtime.Distillation;
import dev.bookend.session.Session;
import dev.bookend.speculation.drafthead.StandInFile;
import dev.bookend.speculation.drafthead.StandInWeights;
import dev.bookend.split.DraftHeads;
import dev.bookend.split.SplitModel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Lets a model's stand-in head learn from answers while nobody waits for one. What it has learned
 * is written to the user's own head of the model, from which later processes draft, and only where
 * that drafts better than the head before in answers that neither has learned from: each fourth one
 * is kept for this comparison. No text is kept, only the weights of the head.
 *
 * <p>Holds the hidden states of a few answers and a training of the head, the upper layers in FP32
 * among them; for a moment a second one, when it compares. Safe for use by several threads.
 */
public final class OnlineLearning implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(OnlineLearning.class.getName());

  /** Answers that wait to be learned from; further ones are left out. */
  private static final int MOST_WAITING = 32;

  private static final int MOST_HELD_OUT = 16;
  private static final int HELD_OUT_EVERY = 4;

  /** A comparison on fewer tokens says little. */
  private static final int FEWEST_TOKENS_HELD_OUT = 400;

  private static final int LESSONS_BETWEEN_COMPARISONS = 12;

  /** Small, because a head that knows much learns from a few texts here. */
  private static final double RATE = 2e-4;

  /** How long nobody must have waited for an answer: users often ask again soon. */
  private static final long QUIET_MILLIS = 1000;

  private final DraftHeads heads;
  private final StandInFile file;
  private final Consumer<Improvement> listener;
  private final BlockingQueue<Lesson> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final Deque<Lesson> heldOut = new ArrayDeque<>();
  private final Thread thread;
  private int answers;
  private int underWay;
  private long quietSince = System.nanoTime();
  private volatile boolean isClosed;

  private byte[] known;
  private Distillation learning;
  private int lessons;
  private int taken;

  private OnlineLearning(
      DraftHeads heads, byte[] known, StandInFile file, Consumer<Improvement> listener) {
    this.heads = heads;
    this.known = known;
    this.file = file;
    this.listener = listener;
    this.thread = new Thread(this::work, "bookend-learning");
    thread.setDaemon(true);
  }

  /**
   * How often the most probable token of the head was the model's, in answers that were kept for
   * comparison: 0 to 1, on average over the first draft token and the two behind it.
   */
  public record Improvement(double before, double now) {}

  /**
   * Begins to learn.
   *
   * @param model stays open until this is closed
   * @param listener is told each time the head has become better, on a thread of its own
   * @throws BookendException if there is no trained head for this model and split, or its file is
   *     damaged
   */
  public static OnlineLearning of(SplitModel model, Consumer<Improvement> listener) {
    byte[] known =
        model
            .draftHeads()
            .trainedStandIn()
            .orElseThrow(
                () ->
                    new BookendException(
                        ErrorCode.DRAFT_HEAD_MISSING,
                        "there is no trained draft head for this model and split, which could"
                            + " learn more"));
    return of(model.draftHeads(), known, StandInFile.of(model.contract()), listener);
  }

  /**
   * Begins to learn, with a certain head.
   *
   * @param known {@link StandInWeights} as bytes
   * @param file where better ones are written
   */
  static OnlineLearning of(
      DraftHeads heads, byte[] known, StandInFile file, Consumer<Improvement> listener) {
    OnlineLearning learning = new OnlineLearning(heads, known, file, listener);
    learning.thread.start();
    return learning;
  }

  /** An answer has begun: learning waits. */
  public synchronized void begun() {
    underWay++;
  }

  /** An answer has ended, with or without success. */
  public synchronized void ended() {
    underWay--;
    quietSince = System.nanoTime();
  }

  /**
   * Learns from an answer, some time later. Copies what it needs.
   *
   * @param session nobody else uses it before this returns
   * @param prompt how many tokens stood before the answer
   */
  public void add(Session session, int prompt) {
    if (waiting.remainingCapacity() == 0) {
      return; // nothing is copied in vain
    }
    Optional<Lesson> lesson = Lesson.of(session, prompt);
    synchronized (this) {
      if (lesson.isPresent() && waiting.offer(lesson.get())) {
        answers++;
      }
    }
  }

  private synchronized boolean isQuiet() {
    return underWay == 0
        && TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - quietSince) >= QUIET_MILLIS;
  }

  private void work() {
    try {
      while (!isClosed) {
        Lesson lesson = waiting.take();
        while (!isQuiet()) {
          Thread.sleep(QUIET_MILLIS / 10);
        }
        take(lesson);
      }
    } catch (InterruptedException e) {
      // closed
    } catch (RuntimeException e) {
      if (isClosed) {
        return; // interrupted while it wrote, which leaves the file as it was
      }
      LOG.log(System.Logger.Level.WARNING, "the draft head learns no more: " + e.getMessage());
    } finally {
      if (learning != null) {
        learning.close();
      }
    }
  }

  private void take(Lesson lesson) {
    if (learning == null) {
      learning = heads.distillation(known);
    }
    taken++;
    if (taken % HELD_OUT_EVERY == 0) {
      heldOut.add(lesson);
      if (heldOut.size() > MOST_HELD_OUT) {
        heldOut.remove();
      }
      return;
    }
    // A small step would wait for it; nobody does, and it takes less than a second.
    double unused =
        ComputeThread.runLarge(
            () -> learning.learn(lesson.lower(), lesson.middle(), lesson.from(), RATE));
    lessons++;
    int tokens = heldOut.stream().mapToInt(Lesson::answerTokens).sum();
    if (lessons >= LESSONS_BETWEEN_COMPARISONS && tokens >= FEWEST_TOKENS_HELD_OUT) {
      compare();
      lessons = 0;
    }
  }

  /** Keeps what was learned, or gives it up. */
  private void compare() {
    double before;
    try (Distillation kept = heads.distillation(known)) {
      before = agreement(kept);
    }
    double now = agreement(learning);
    if (now > before) {
      List<Integer> shortlist = StandInWeights.tokens(known);
      known = new StandInWeights(shortlist, learning.learned()).encode();
      file.write(known);
      listener.accept(new Improvement(before, now));
    } else {
      learning.close();
      learning = heads.distillation(known);
    }
  }

  private double agreement(Distillation head) {
    double sum = 0;
    double tokens = 0;
    for (Lesson one : heldOut) {
      float[] parts =
          ComputeThread.runLarge(() -> head.agreement(one.lower(), one.middle(), one.from()));
      for (float part : parts) {
        sum += (double) part / parts.length * one.answerTokens();
      }
      tokens += one.answerTokens();
    }
    return sum / tokens;
  }

  /** How many answers it has been given to learn from. */
  public synchronized int answers() {
    return answers;
  }

  /** Ends after the lesson that is under way; what was not compared yet is given up. */
  @Override
  public void close() {
    isClosed = true;
    thread.interrupt();
    Uninterruptibles.joinUninterruptibly(thread);
  }
}
