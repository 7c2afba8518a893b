package dev.bookend.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.TextModel;
import dev.bookend.model.runtime.EagleDistillation;
import dev.bookend.model.store.Progress;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.split.SplitModel;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Trains a draft head of EAGLE's layout (Li et al. 2024) for a model: one decoder layer over what
 * the LM head was given for the last token, and the embedding of the next one. Not thread-safe.
 */
public final class EagleTraining {
  private static final String LEARNING = "learning";
  private static final int SIDE_BY_SIDE = 32;
  private static final int TEXT_TOKENS = 384;
  private static final LearningRate RATE = new LearningRate(1e-3, 40);
  private static final int MOST_HELD_OUT = 24;
  private static final int TRIED_EVERY = 100;

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
   * How good a head is, in texts from which it does not learn.
   *
   * @param texts how many it has learned from so far
   * @param loss on average over the texts since the last time
   * @param first how often its most probable token is the model's
   * @param second the same for the token behind, if it goes on from its own prediction
   * @param third the same once more
   */
  public record Agreement(int texts, double loss, double first, double second, double third) {}

  /**
   * Trains a head on text that the model writes in answer to some prompts.
   *
   * @param tokens how many tokens the model is to write, prompts among them
   * @param epochs how often each text is learned from
   * @param directory where the head is written, as EAGLE's heads are published
   */
  public void fromOwnText(List<String> prompts, int tokens, int epochs, Path directory) {
    List<int[]> all = prompts.stream().map(this::prompt).toList();
    learn(
        new OwnTexts(model, SIDE_BY_SIDE, TEXT_TOKENS, progress).write(all, tokens),
        epochs,
        directory);
  }

  private int[] prompt(String line) {
    return text.hasChatTemplate()
        ? text.chatPrompt(List.of(new Message(Role.USER, line)))
        : text.rawPrompt(line);
  }

  private void learn(List<TrainingText> texts, int epochs, Path directory) {
    List<TrainingText> shuffled = new ArrayList<>(texts);
    Random random = new Random(1);
    Collections.shuffle(shuffled, random);
    int heldOut = Math.min(MOST_HELD_OUT, shuffled.size() / 10);
    List<TrainingText> unseen = shuffled.subList(0, heldOut);
    List<TrainingText> order = new ArrayList<>();
    for (int epoch = 0; epoch < epochs; epoch++) {
      List<TrainingText> seen = new ArrayList<>(shuffled.subList(heldOut, shuffled.size()));
      Collections.shuffle(seen, random);
      order.addAll(seen);
    }
    int[] tokens =
        Shortlists.likely(
            texts.stream().flatMapToInt(one -> IntStream.of(one.tokens())),
            model.draftHeads().likelyTokens());
    EagleFiles files = new EagleFiles(directory, model.config());
    try (EagleDistillation training = model.draftHeads().eagleDistillation(tokens)) {
      double loss = 0;
      for (int step = 0; step < order.size(); step++) {
        loss += learn(training, order.get(step), RATE.at(step, order.size()));
        progress.update(LEARNING, step + 1, order.size());
        if ((step + 1) % TRIED_EVERY == 0 || step + 1 == order.size()) {
          listener.accept(agreement(training, unseen, step + 1, loss / (step % TRIED_EVERY + 1)));
          files.write(training.learned(), tokens);
          loss = 0;
        }
      }
    }
  }

  /** What a step of training takes of a text. */
  private interface Use<T> {
    T apply(NDArray embedded, ByteBuffer features, int from);
  }

  private <T> T with(TrainingText one, Use<T> use) {
    try (NDManager scope = model.edge().newScope()) {
      NDArray embedded = model.edge().embedding().embed(scope, one.tokens());
      return use.apply(embedded, one.features(), one.from());
    }
  }

  private double learn(EagleDistillation training, TrainingText one, double rate) {
    return with(one, (embedded, features, from) -> training.learn(embedded, features, from, rate));
  }

  private Agreement agreement(
      EagleDistillation training, List<TrainingText> unseen, int step, double loss) {
    double[] sums = new double[3];
    double rows = 0;
    for (TrainingText one : unseen) {
      float[] parts = with(one, training::agreement);
      int weight = one.tokens().length - one.from();
      for (int i = 0; i < sums.length; i++) {
        sums[i] += weight * parts[i];
      }
      rows += weight;
    }
    return new Agreement(step, loss, sums[0] / rows, sums[1] / rows, sums[2] / rows);
  }
}
