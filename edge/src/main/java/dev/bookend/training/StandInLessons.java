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
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The training of a stand-in head: holds, for each text, the hidden states on both sides of the
 * middle, which take 8 x H bytes a token. First the linear map is fitted to all texts by ridge
 * regression, then the layer on top of it is trained on one text after the other. H is the width of
 * the hidden states, T a number of tokens. Not thread-safe.
 */
public final class StandInLessons {
  private static final int LOWER = 0;
  private static final int MIDDLE = 1;

  private final SplitModel model;
  private final List<TrainingText> texts = new ArrayList<>();

  /**
   * A training without texts yet.
   *
   * @param model stays open until the training is over
   */
  public StandInLessons(SplitModel model) {
    this.model = model;
  }

  /**
   * Adds the text of a session. A text of fewer than 8 tokens is left out.
   *
   * @param from index of the first token after which the head is to predict the next one; the
   *     tokens before it are context
   */
  public void add(Session session, int from) {
    int length = session.length();
    EdgeLayers layers = session.draftLayers();
    List<ByteBuffer> states =
        List.of(layers.lowerOutput(0, length), layers.middleOutput(0, length));
    add(new TrainingText(session.tokens(), Math.max(1, from), states));
  }

  /**
   * Adds a text, unless it is very short.
   *
   * @param text with two states, FP32 [T,H] each: the lower layers' output, and the middle's
   */
  void add(TrainingText text) {
    if (text.isLongEnough()) {
      texts.add(text);
    }
  }

  /** The tokens of each text. */
  List<int[]> tokensOfEach() {
    return texts.stream().map(TrainingText::tokens).toList();
  }

  /** How many tokens all texts have. */
  int tokens() {
    return texts.stream().mapToInt(TrainingText::length).sum();
  }

  /**
   * Trains a stand-in head.
   *
   * @param begun what a head has learned before, {@link StandInWeights} as bytes; empty: nothing
   * @param epochs how often each text is trained
   * @param learned is given the head now and then, and in the end: {@link StandInWeights} as bytes
   * @param listener is told now and then how good the head is
   * @throws BookendException if the training diverges, or the head begun with does not become
   *     better
   */
  public void learn(
      Optional<byte[]> begun,
      int epochs,
      Progress progress,
      Consumer<byte[]> learned,
      Consumer<Agreement> listener) {
    List<Integer> shortlist = begun.map(StandInWeights::tokens).orElseGet(this::likelyTokens);
    try (Distillation training =
        begun.map(model.draftHeads()::distillation).orElseGet(() -> fromMap(shortlist))) {
      Learner head = new Head(training, shortlist, learned);
      Lessons lessons = new Lessons(texts, epochs);
      if (begun.isPresent()) {
        lessons.teachMore(head, progress, listener);
      } else {
        lessons.teach(head, progress, listener);
      }
    }
  }

  private Distillation fromMap(List<Integer> shortlist) {
    try (NDManager scope = model.edge().newScope()) {
      return model.draftHeads().distillation(shortlist, map(scope));
    }
  }

  /** The head that learns. */
  private record Head(Distillation training, List<Integer> shortlist, Consumer<byte[]> learned)
      implements Learner {
    @Override
    public double learn(TrainingText text, double rate) {
      return training.learn(text.states().get(LOWER), text.states().get(MIDDLE), text.from(), rate);
    }

    @Override
    public float[] agreement(TrainingText text) {
      return training.agreement(text.states().get(LOWER), text.states().get(MIDDLE), text.from());
    }

    @Override
    public void save() {
      learned.accept(new StandInWeights(shortlist, training.learned()).encode());
    }
  }

  /** The linear map that fits all texts best: FP32 [2H+1,H]. */
  private NDArray map(NDManager scope) {
    try (StandInHead linear = model.draftHeads().newStandIn()) {
      int row = model.config().hiddenSize() * Float.BYTES;
      for (TrainingText text : texts) {
        ByteBuffer lower = text.states().get(LOWER);
        ByteBuffer middle = text.states().get(MIDDLE);
        // The first token is left out: no token comes before it, and its hidden states are unusual.
        ByteBuffer rest = lower.slice(row, lower.limit() - row);
        linear.learn(rest.order(lower.order()), middle.duplicate().order(middle.order()));
      }
      linear.settle();
      return linear.map(scope);
    }
  }

  /** The tokens of the texts, the most frequent first, then those that are likely in any text. */
  private List<Integer> likelyTokens() {
    IntStream all = texts.stream().flatMapToInt(one -> IntStream.of(one.tokens()));
    return IntStream.of(Shortlists.likely(all, model.draftHeads().likelyTokens())).boxed().toList();
  }
}
