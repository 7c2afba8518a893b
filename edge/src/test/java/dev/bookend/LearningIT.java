package dev.bookend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.model.SampleModel;
import dev.bookend.split.SplitOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The head that comes with the sample model is given the answers to learn from. */
class LearningIT {
  private static Bookend open() {
    return Bookend.of(
        TextModel.open(SampleModel.open(), SplitOptions.DEFAULT), BookendOptions.of("sample"));
  }

  private static List<Integer> answer(Bookend bookend, String prompt) {
    return bookend.complete(CompletionRequest.chat(prompt).withMaxTokens(30)).tokens();
  }

  @Test
  void answersAreLearnedFromAndStayAsTheyAre() {
    List<Integer> alone;
    try (Bookend bookend = open()) {
      alone = answer(bookend, "Why is glass transparent?");
    }
    try (Bookend bookend = open()) {
      bookend.model().learn(better -> {});
      answer(bookend, "How do birds find their way?");
      assertEquals(alone, answer(bookend, "Why is glass transparent?"));
      assertEquals(2, bookend.model().learning().orElseThrow().answers());
    }
  }
}
