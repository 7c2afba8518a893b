package dev.bookend.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.TextModel;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.split.Split;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallTextModel;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a model writes as its user's words becomes the prompt that these words would be. */
class QuestionsTest {
  private static TextModel text;

  @BeforeAll
  static void open() {
    text =
        TextModel.open(
            SmallTextModel.checkpoint(), SplitOptions.DEFAULT.withSplit(new Split(1, 1)));
  }

  @AfterAll
  static void close() {
    text.close();
  }

  private static TrainingText written(Questions questions, int... words) {
    int[] tokens =
        IntStream.concat(IntStream.of(questions.beginning()), IntStream.of(words)).toArray();
    return new TrainingText(tokens, questions.beginning().length, List.of());
  }

  @Test
  void aPromptIsTheTemplatesOfTheWords() {
    Questions questions = new Questions(text);
    String words = "which river bends the most?";
    int[] expected = text.chatPrompt(List.of(new Message(Role.USER, words)));
    int[] tokens = text.tokenizer().encode(words);
    List<int[]> prompts = questions.prompts(List.of(written(questions, tokens)));
    assertEquals(1, prompts.size());
    assertArrayEquals(expected, prompts.get(0));
    int behind = questions.beginning().length + tokens.length;
    assertEquals(List.of(expected[behind]), List.copyOf(questions.ends()));
  }

  @Test
  void whatIsShortOrNotEndedOrThereAlreadyIsLeftOut() {
    Questions questions = new Questions(text);
    int[] words = text.tokenizer().encode("which river bends the most?");
    int[] endless = new int[questions.length() - questions.beginning().length];
    Arrays.fill(endless, words[0]);
    List<TrainingText> all =
        List.of(
            written(questions, words),
            written(questions, words[0]),
            written(questions, endless),
            written(questions, words));
    assertEquals(1, questions.prompts(all).size());
  }
}
