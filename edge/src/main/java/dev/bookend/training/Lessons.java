package dev.bookend.training;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.store.Progress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/**
 * The texts that a draft head learns from, in random order, and a few from which it does not learn
 * but is tried on now and then. It is saved each time it has become better, so that training can be
 * stopped at any time.
 */
final class Lessons {
  private static final String LEARNING = "learning";
  private static final LearningRate RATE = new LearningRate(1e-3, 40);
  private static final int MOST_HELD_OUT = 24;
  private static final int TRIED_EVERY = 100;

  private final List<TrainingText> order = new ArrayList<>();
  private final List<TrainingText> unseen;

  /**
   * @param epochs how often each text is learned from
   */
  Lessons(List<TrainingText> texts, int epochs) {
    List<TrainingText> shuffled = new ArrayList<>(texts);
    Random random = new Random(1);
    Collections.shuffle(shuffled, random);
    int heldOut = Math.min(MOST_HELD_OUT, shuffled.size() / 10);
    unseen = List.copyOf(shuffled.subList(0, heldOut));
    for (int epoch = 0; epoch < epochs; epoch++) {
      List<TrainingText> seen = new ArrayList<>(shuffled.subList(heldOut, shuffled.size()));
      Collections.shuffle(seen, random);
      order.addAll(seen);
    }
  }

  /**
   * Trains a new head.
   *
   * @param listener is told each time the head has been tried; never, if there are fewer than ten
   *     texts
   */
  void teach(Learner learner, Progress progress, Consumer<Agreement> listener) {
    boolean unused = teach(learner, Optional.empty(), progress, listener);
  }

  /**
   * Trains a head that has learned before, and tells first how good it was then.
   *
   * @throws BookendException if it does not become better; then it has not been saved
   */
  void teachMore(Learner learner, Progress progress, Consumer<Agreement> listener) {
    Optional<Agreement> before = Optional.empty();
    if (!unseen.isEmpty()) {
      before = Optional.of(agreement(learner, 0, 0));
      listener.accept(before.get());
    }
    if (!teach(learner, before, progress, listener)) {
      throw new BookendException(
          ErrorCode.TRAINING_IN_VAIN,
          "the draft head has learned from these texts, but on others it is no better than before;"
              + " it stays as it was");
    }
  }

  private boolean teach(
      Learner learner,
      Optional<Agreement> before,
      Progress progress,
      Consumer<Agreement> listener) {
    double best = before.map(Agreement::mean).orElse(-1.);
    boolean isBetter = false;
    int total = order.stream().mapToInt(TrainingText::length).sum();
    int done = 0;
    double loss = 0;
    for (int step = 0; step < order.size(); step++) {
      TrainingText text = order.get(step);
      loss += learner.learn(text, RATE.at(step, order.size()));
      done += text.length();
      progress.update(LEARNING, done, total);
      int texts = step + 1;
      if (texts % TRIED_EVERY == 0 || texts == order.size()) {
        double mean = best;
        if (!unseen.isEmpty()) {
          Agreement now = agreement(learner, texts, loss / (step % TRIED_EVERY + 1));
          listener.accept(now);
          mean = now.mean();
        }
        if (unseen.isEmpty() || mean > best) {
          learner.save();
          isBetter = true;
          best = mean;
        }
        loss = 0;
      }
    }
    return isBetter;
  }

  private Agreement agreement(Learner learner, int texts, double loss) {
    double[] sums = new double[3];
    double rows = 0;
    for (TrainingText one : unseen) {
      float[] parts = learner.agreement(one);
      int weight = one.length() - one.from();
      for (int i = 0; i < sums.length; i++) {
        sums[i] += weight * parts[i];
      }
      rows += weight;
    }
    return new Agreement(texts, loss, sums[0] / rows, sums[1] / rows, sums[2] / rows);
  }
}
