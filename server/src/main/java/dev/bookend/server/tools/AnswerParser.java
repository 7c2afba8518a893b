package dev.bookend.server.tools;

import dev.bookend.server.tools.AnswerPart.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes one answer apart, as it comes. Not thread-safe. */
public final class AnswerParser {
  private final ReasoningParser reasoning;
  private final Optional<ToolCallParser> calls;

  /** A parser for one answer. */
  public AnswerParser(AnswerShape shape) {
    reasoning = new ReasoningParser(shape.reasons(), shape.reasoning());
    calls = shape.form().map(form -> new ToolCallParser(form, shape));
  }

  /** Takes more text; gives the parts that are certain with it. */
  public List<AnswerPart> add(String text) {
    List<AnswerPart> parts = new ArrayList<>();
    answer(reasoning.add(text, parts), parts);
    return parts;
  }

  private void answer(String text, List<AnswerPart> parts) {
    if (calls.isPresent()) {
      calls.get().add(text, parts);
    } else if (!text.isEmpty()) {
      parts.add(new Text(text));
    }
  }

  /** The parts that were held back. */
  public List<AnswerPart> finish() {
    List<AnswerPart> parts = new ArrayList<>();
    answer(reasoning.finish(parts), parts);
    calls.ifPresent(parser -> parser.finish(parts));
    return parts;
  }

  /** Whether the answer ends here because it may have one call only. */
  public boolean isOver() {
    return calls.map(ToolCallParser::isOver).orElse(false);
  }

  /** How many calls are whole. */
  public int calls() {
    return calls.map(ToolCallParser::calls).orElse(0);
  }
}
