package dev.bookend.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.bookend.TextModel;
import dev.bookend.model.runtime.EagleDistillation;
import dev.bookend.model.store.Progress;
import dev.bookend.split.SplitModel;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Trains a draft head of EAGLE's layout (Li et al. 2024) for a model: one decoder layer over what
 * the LM head was given for the last token, and the embedding of the next one. Not thread-safe.
 */
public final class EagleTraining {
  private final TextModel text;
  private final SplitModel model;
  private final Progress progress;
  private final Consumer<Agreement> listener;

  /**
   * A training for a model.
   *
   * @param model stays open until the training is over
   * @param listener is told now and then how good the head is
   */
  public EagleTraining(TextModel model, Progress progress, Consumer<Agreement> listener) {
    this.text = model;
    this.model = model.model();
    this.progress = progress;
    this.listener = listener;
  }

  /**
   * Trains a head on text that the model writes in answer to some prompts.
   *
   * @param prompts where there are too few for so much text, the model also writes some itself
   * @param tokens how many tokens the model is to write, prompts among them
   * @param seed it writes other texts with another one
   * @param epochs how often each text is learned from
   * @param directory where the head is written, as EAGLE's heads are published
   */
  public void fromOwnText(List<String> prompts, int tokens, long seed, int epochs, Path directory) {
    Kept features =
        new Kept(
            DataType.FLOAT16,
            outputs -> List.of(model.edge().head().normed(outputs.get(outputs.size() - 1))));
    List<TrainingText> texts =
        new OwnTexts(text, seed, progress).answers(prompts, tokens, features);
    int[] shortlist =
        Shortlists.likely(
            texts.stream().flatMapToInt(one -> IntStream.of(one.tokens())),
            model.draftHeads().likelyTokens());
    try (EagleDistillation training = model.draftHeads().eagleDistillation(shortlist)) {
      EagleFiles files = new EagleFiles(directory, model.config());
      new Lessons(texts, epochs).teach(new Head(training, files, shortlist), progress, listener);
    }
  }

  /** The head that learns. */
  private final class Head implements Learner {
    private final EagleDistillation training;
    private final EagleFiles files;
    private final int[] shortlist;

    Head(EagleDistillation training, EagleFiles files, int... shortlist) {
      this.training = training;
      this.files = files;
      this.shortlist = shortlist;
    }

    @Override
    public double learn(TrainingText one, double rate) {
      return with(one, (embedded, states, from) -> training.learn(embedded, states, from, rate));
    }

    @Override
    public float[] agreement(TrainingText one) {
      return with(one, training::agreement);
    }

    @Override
    public void save() {
      files.write(training.learned(), shortlist);
    }
  }

  /** What is done with a text. */
  private interface Use<T> {
    T apply(NDArray embedded, ByteBuffer features, int from);
  }

  private <T> T with(TrainingText one, Use<T> use) {
    try (NDManager scope = model.edge().newScope()) {
      NDArray embedded = model.edge().embedding().embed(scope, one.tokens());
      return use.apply(embedded, one.states().get(0), one.from());
    }
  }
}
