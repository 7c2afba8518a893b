package dev.bookend.server.tools;

import dev.bookend.model.tokenizer.TextStream;
import dev.bookend.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/** Counts the tokens of an answer that are reasoning, with the marks around it. */
final class ReasoningTokens {
  private ReasoningTokens() {}

  static int count(AnswerShape shape, Tokenizer tokenizer, List<Integer> tokens) {
    if (!shape.reasons()) {
      return 0;
    }
    TextStream stream = tokenizer.stream(shape.marks());
    ReasoningParser parser = new ReasoningParser(true, shape.reasoning());
    int count = 0;
    while (count < tokens.size() && parser.isWithin()) {
      parser.add(stream.add(tokens.get(count)), new ArrayList<>());
      count++;
    }
    return parser.hasBegun() ? count : 0;
  }
}
