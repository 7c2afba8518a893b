package dev.bookend.server.tools;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What an answer may consist of.
 *
 * @param form in which the model calls tools; empty: it has none to call
 * @param tools their names
 * @param single whether the answer ends with its first call
 * @param reasons whether the model may think before it answers, between {@code <think>} and {@code
 *     </think>}
 * @param reasoning whether the prompt has begun the thinking already
 */
public record AnswerShape(
    Optional<ToolForm> form,
    Set<String> tools,
    boolean single,
    boolean reasons,
    boolean reasoning) {
  /** Text alone. */
  public static final AnswerShape TEXT =
      new AnswerShape(Optional.empty(), Set.of(), false, false, false);

  /** Copies the names. */
  public AnswerShape {
    tools = Set.copyOf(tools);
  }

  /** Special tokens that have to be seen in the text. */
  Set<String> marks() {
    Set<String> marks = new HashSet<>();
    form.ifPresent(known -> marks.addAll(known.marks()));
    if (reasons) {
      marks.addAll(Set.of(ReasoningParser.BEGIN, ReasoningParser.END));
    }
    return marks;
  }
}
