package dev.bookend.server.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A whole answer, taken apart.
 *
 * @param text for the reader; a call that is not whole is part of it
 * @param reasoning what the model thought before
 * @param calls in order
 */
public record ParsedAnswer(String text, String reasoning, List<Call> calls) {
  /**
   * A call of a tool.
   *
   * @param arguments a JSON object
   */
  public record Call(String id, String name, String arguments) {}

  /** The parts that an answer has which is told at once. */
  public List<AnswerPart> parts() {
    List<AnswerPart> parts = new ArrayList<>();
    if (!reasoning.isEmpty()) {
      parts.add(new AnswerPart.Reasoning(reasoning));
    }
    if (!text.isEmpty()) {
      parts.add(new AnswerPart.Text(text));
    }
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      parts.add(new AnswerPart.CallBegin(i, call.id(), call.name()));
      parts.add(new AnswerPart.CallArguments(i, call.arguments()));
      parts.add(new AnswerPart.CallEnd(i));
    }
    return parts;
  }

  /** Takes an answer apart. */
  public static ParsedAnswer of(AnswerShape shape, String answer) {
    AnswerParser parser = new AnswerParser(shape);
    List<AnswerPart> parts = new ArrayList<>(parser.add(answer));
    parts.addAll(parser.finish());
    StringBuilder text = new StringBuilder();
    StringBuilder reasoning = new StringBuilder();
    Map<Integer, Call> calls = new TreeMap<>();
    for (AnswerPart part : parts) {
      if (part instanceof AnswerPart.Text more) {
        text.append(more.text());
      } else if (part instanceof AnswerPart.Reasoning more) {
        reasoning.append(more.text());
      } else if (part instanceof AnswerPart.CallBegin begin) {
        calls.put(begin.index(), new Call(begin.id(), begin.name(), ""));
      } else if (part instanceof AnswerPart.CallArguments more) {
        calls.computeIfPresent(
            more.index(),
            (index, call) -> new Call(call.id(), call.name(), call.arguments() + more.json()));
      } else if (part instanceof AnswerPart.CallBroken broken) {
        calls.remove(broken.index());
        text.append(broken.text());
      }
    }
    return new ParsedAnswer(text.toString(), reasoning.toString(), List.copyOf(calls.values()));
  }
}
