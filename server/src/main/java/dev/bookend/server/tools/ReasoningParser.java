package dev.bookend.server.tools;

import java.util.List;

/**
 * Parts a model's thinking, which comes first, from its answer. White space around the marks
 * belongs to neither. Not thread-safe.
 */
final class ReasoningParser {
  static final String BEGIN = "<think>";
  static final String END = "</think>";

  private enum State {
    BEFORE,
    REASONING,
    BEHIND,
    ANSWER
  }

  private final StringBuilder held = new StringBuilder();
  private State state;
  private boolean told;
  private boolean opened;

  ReasoningParser(boolean reasons, boolean reasoning) {
    state = reasoning ? State.REASONING : reasons ? State.BEFORE : State.ANSWER;
    opened = reasoning;
  }

  /**
   * Takes more text.
   *
   * @param parts gets the reasoning that has become certain
   * @return the text of the answer that has become certain
   */
  String add(String text, List<AnswerPart> parts) {
    held.append(text);
    if (state == State.BEFORE) {
      String begun = held.toString().stripLeading();
      if (begun.startsWith(BEGIN)) {
        state = State.REASONING;
        opened = true;
        held.delete(0, held.indexOf(BEGIN) + BEGIN.length());
      } else if (!BEGIN.startsWith(begun)) {
        state = State.ANSWER;
      }
    }
    if (state == State.REASONING) {
      reason(parts);
    }
    if (state == State.BEHIND) {
      Whitespace.dropLeading(held);
      if (held.length() > 0) {
        state = State.ANSWER;
      }
    }
    return state == State.ANSWER ? Whitespace.take(held, held.length()) : "";
  }

  private void reason(List<AnswerPart> parts) {
    if (!told) {
      Whitespace.dropLeading(held);
    }
    int end = held.indexOf(END);
    int sure = end >= 0 ? end : held.length() - Whitespace.overlap(held, END);
    int length = Whitespace.lengthWithoutTrailing(held, sure);
    tell(length, parts);
    if (end >= 0) {
      held.delete(0, held.indexOf(END) + END.length());
      state = State.BEHIND;
    }
  }

  private void tell(int length, List<AnswerPart> parts) {
    if (length > 0) {
      told = true;
      parts.add(new AnswerPart.Reasoning(Whitespace.take(held, length)));
    }
  }

  /** Whether the text so far may be, or be within, reasoning. */
  boolean isWithin() {
    return state == State.BEFORE || state == State.REASONING;
  }

  /** Whether there was any reasoning, or is. */
  boolean hasBegun() {
    return opened;
  }

  /** What was held back. */
  String finish(List<AnswerPart> parts) {
    if (state == State.REASONING) {
      tell(Whitespace.lengthWithoutTrailing(held, held.length()), parts);
      return "";
    }
    return Whitespace.take(held, held.length());
  }
}
