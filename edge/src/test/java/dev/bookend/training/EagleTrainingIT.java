package dev.bookend.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.Completion;
import dev.bookend.CompletionRequest;
import dev.bookend.TextModel;
import dev.bookend.model.SampleModel;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.speculation.DraftSpec;
import dev.bookend.split.Split;
import dev.bookend.split.SplitOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A head that is taught here drafts here. A tiny model with random weights is enough for that. */
class EagleTrainingIT {
  @TempDir private Path directory;

  private static TextModel open() {
    try (Checkpoint sample = SampleModel.open()) {
      ModelConfig config =
          new ModelConfig(
              Architecture.LLAMA,
              Set.of(),
              3,
              24,
              40,
              4,
              2,
              8,
              sample.config().vocabularySize(),
              4096,
              1e-5,
              new RotaryEmbedding(List.of(1.0, 0.1, 0.01, 0.001)),
              OptionalInt.empty(),
              sample.config().endTokens());
      return TextModel.open(
          new RandomCheckpoint(7, config, sample.tokenizer()),
          SplitOptions.DEFAULT.withSplit(new Split(1, 1)));
    }
  }

  private static Completion answer(TextModel model, BookendOptions options) {
    try (Bookend bookend = Bookend.of(model, options)) {
      return bookend.complete(CompletionRequest.chat("A question").withMaxTokens(24));
    }
  }

  @Test
  void aHeadThatWasTaughtIsReadAndDrafts() {
    List<Agreement> agreements = new ArrayList<>();
    try (TextModel model = open()) {
      new EagleTraining(model, (what, done, total) -> {}, agreements::add)
          .fromOwnText(List.of("One", "Two"), 5_000, 1, 2, directory);
    }
    assertFalse(agreements.isEmpty());
    for (Agreement agreement : agreements) {
      assertTrue(Double.isFinite(agreement.loss()) && agreement.loss() > 0, agreement.toString());
      for (double part : List.of(agreement.first(), agreement.second(), agreement.third())) {
        assertTrue(part >= 0 && part <= 1, agreement.toString());
      }
    }
    BookendOptions options = BookendOptions.of("sample");
    Completion expected = answer(open(), options.sequential());
    Completion drafted =
        answer(open(), options.withDrafters(DraftSpec.parse("eagle:" + directory)));
    assertEquals(expected.tokens(), drafted.tokens());
  }
}
