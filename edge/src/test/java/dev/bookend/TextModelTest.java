package dev.bookend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.tokenizer.TestTokenizers;
import dev.bookend.split.Split;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import java.io.IOException;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TextModelTest {

  /** The tokenizer has 400 tokens, the model fewer. */
  @Test
  void aTokenWithoutARowInTheEmbeddingIsSaidToBeOne() throws IOException {
    RandomCheckpoint small = SmallModel.checkpoint(64, OptionalInt.empty());
    RandomCheckpoint checkpoint =
        new RandomCheckpoint(1, small.config(), TestTokenizers.source("byte-level"));
    int vocabulary = small.config().vocabularySize();
    assertTrue(vocabulary < 400, "else the test shows nothing");
    try (TextModel model =
        TextModel.open(checkpoint, SplitOptions.DEFAULT.withSplit(new Split(1, 1)))) {
      BookendException failure =
          assertThrows(BookendException.class, () -> model.rawPrompt("the \u00e4 other <s> words"));
      assertEquals(ErrorCode.MODEL_DAMAGED, failure.code());
      assertTrue(failure.getMessage().contains("but the model has only " + vocabulary));
    }
  }
}
