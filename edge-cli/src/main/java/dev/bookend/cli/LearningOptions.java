package dev.bookend.cli;

import dev.bookend.TextModel;
import dev.bookend.learning.OnlineLearning.Improvement;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** What a program that gives many answers may keep of them. */
final class LearningOptions extends HistoryOptions {
  @Option(
      names = "--learn",
      fallbackValue = "true",
      description =
          "Let the model's draft head, if it has a trained one, learn from the answers while nobody"
              + " waits for one. Kept on this machine, where it drafts better than before: no text,"
              + " but weights that sum it up.")
  private boolean learn;

  private Consumer<Improvement> listener = better -> {};

  /** Who is told, on a thread of its own, each time the draft head has become better. */
  void onImprovement(Consumer<Improvement> told) {
    listener = told;
  }

  @Override
  void apply(TextModel model) {
    super.apply(model);
    if (learn && model.model().draftHeads().hasTrainedStandIn()) {
      model.learn(listener);
    }
  }
}
