package dev.bookend.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.error.BookendException;
import dev.bookend.model.runtime.Distillation;
import dev.bookend.model.store.Progress;
import dev.bookend.session.Session;
import dev.bookend.speculation.EdgeLayers;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.speculation.drafthead.StandInWeights;
import dev.bookend.split.SplitModel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The training of a stand-in head: holds, for each text, the hidden states on both sides of the
 * middle, which take 8 x H bytes a token. First the linear map is fitted to all texts by ridge
 * regression, then the layer on top of it is trained on one text after the other. H is the width of
 * the hidden states, T a number of tokens. Not thread-safe.
 */
public final class StandInLessons {
  private static final String LEARNING = "learning";
  private static final int FEWEST_TOKENS = 8;
  private static final LearningRate RATE = new LearningRate(1e-3, 20);

  private final SplitModel model;
  private final List<Lesson> lessons = new ArrayList<>();

  /**
   * A training without texts yet.
   *
   * @param model stays open until the training is over
   */
  public StandInLessons(SplitModel model) {
    this.model = model;
  }

  /**
   * The hidden states of a text.
   *
   * @param lower FP32 [T,H]: the lower layers' output
   * @param middle FP32 [T,H]: the middle's output
   * @param from index of the first token whose output is trained
   */
  private record Lesson(List<Integer> tokens, ByteBuffer lower, ByteBuffer middle, int from) {}

  /**
   * Adds the text of a session. A text of fewer than 8 tokens is left out.
   *
   * @param from index of the first token after which the head is to predict the next one; the
   *     tokens before it are context
   */
  public void add(Session session, int from) {
    int length = session.length();
    if (length - from >= FEWEST_TOKENS) {
      EdgeLayers layers = session.draftLayers();
      List<Integer> tokens = IntStream.of(session.tokens()).boxed().toList();
      lessons.add(
          new Lesson(
              tokens,
              layers.lowerOutput(0, length),
              layers.middleOutput(0, length),
              Math.max(1, from)));
    }
  }

  /**
   * Trains a stand-in head.
   *
   * @param epochs how often each text is trained
   * @return {@link StandInWeights} as bytes
   * @throws BookendException if the training diverges
   */
  public byte[] learn(int epochs, Progress progress) {
    List<Integer> tokens = likelyTokens();
    List<Lesson> order = new ArrayList<>();
    Random random = new Random(1);
    for (int epoch = 0; epoch < epochs; epoch++) {
      List<Lesson> shuffled = new ArrayList<>(lessons);
      Collections.shuffle(shuffled, random);
      order.addAll(shuffled);
    }
    try (NDManager scope = model.edge().newScope();
        Distillation distillation = model.draftHeads().distillation(tokens, map(scope))) {
      int total = order.stream().mapToInt(lesson -> lesson.tokens().size()).sum();
      int done = 0;
      for (int step = 0; step < order.size(); step++) {
        Lesson lesson = order.get(step);
        double rate = RATE.at(step, order.size());
        float unused = distillation.learn(lesson.lower(), lesson.middle(), lesson.from(), rate);
        done += lesson.tokens().size();
        progress.update(LEARNING, done, total);
      }
      return new StandInWeights(tokens, distillation.learned()).encode();
    }
  }

  /** The linear map that fits all texts best: FP32 [2H+1,H]. */
  private NDArray map(NDManager scope) {
    try (StandInHead linear = model.draftHeads().newStandIn()) {
      for (Lesson lesson : lessons) {
        int row = model.config().hiddenSize() * Float.BYTES;
        // The first token is left out: no token comes before it, and its hidden states are unusual.
        ByteBuffer lower = lesson.lower().slice(row, lesson.lower().limit() - row);
        ByteBuffer middle = lesson.middle().duplicate();
        linear.learn(lower.order(lesson.lower().order()), middle.order(lesson.middle().order()));
      }
      linear.settle();
      return linear.map(scope);
    }
  }

  /** The tokens of the texts, the most frequent first, then those that are likely in any text. */
  private List<Integer> likelyTokens() {
    IntStream texts = lessons.stream().flatMap(one -> one.tokens().stream()).mapToInt(id -> id);
    return IntStream.of(Shortlists.likely(texts, model.draftHeads().likelyTokens()))
        .boxed()
        .toList();
  }
}
