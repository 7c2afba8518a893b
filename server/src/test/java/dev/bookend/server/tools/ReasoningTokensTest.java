package dev.bookend.server.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.model.tokenizer.TestTokenizers;
import dev.bookend.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReasoningTokensTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "<think>one two</think>|three|false",
        "one two</think>|three|true",
        "<think>one, and no end||false",
        "|an answer at once|false",
        "|<thin air|false"
      })
  void thoseUpToTheEndOfTheReasoningCount(String reasoning, String answer, boolean opened)
      throws IOException {
    AnswerShape shape = new AnswerShape(Optional.empty(), Set.of(), false, true, opened);
    try (Tokenizer tokenizer = Tokenizer.of(TestTokenizers.source("byte-level"))) {
      List<Integer> thought = tokens(tokenizer, reasoning == null ? "" : reasoning);
      List<Integer> all =
          Stream.concat(thought.stream(), tokens(tokenizer, answer == null ? "" : answer).stream())
              .toList();
      assertEquals(thought.size(), ReasoningTokens.count(shape, tokenizer, all));
      assertEquals(0, ReasoningTokens.count(AnswerShape.TEXT, tokenizer, all));
    }
  }

  private static List<Integer> tokens(Tokenizer tokenizer, String text) {
    return Arrays.stream(tokenizer.encode(text)).boxed().toList();
  }
}
