package dev.bookend.server.tools;

import dev.bookend.server.tools.AnswerPart.CallArguments;
import dev.bookend.server.tools.AnswerPart.CallBegin;
import dev.bookend.server.tools.AnswerPart.CallBroken;
import dev.bookend.server.tools.AnswerPart.CallEnd;
import dev.bookend.server.tools.AnswerPart.Text;
import java.util.List;

/**
 * Parts the calls of tools from the text around them, as the text comes. What turns out to be no
 * call is text. White space beside a call belongs to nobody. Not thread-safe.
 */
final class ToolCallParser {
  private enum State {
    TEXT,
    /** Behind a mark: an object, a list of them or a name. */
    MARKED,
    /** Behind the comma of a list, or the semicolon between Llama's calls. */
    NEXT,
    NAME,
    CALL,
    /** Behind a call, until it is known whether another one or a mark follows. */
    BEHIND
  }

  private static final String HERMES_END = "</tool_call>";
  private static final String ARGUMENTS = "[ARGS]";
  private static final String CALL_ID = "[CALL_ID]";

  private final ToolForm form;
  private final AnswerShape shape;

  /** Text that may be the beginning of a mark, or white space that may be before one. */
  private final StringBuilder held = new StringBuilder();

  /** What was read since the text ended, or since the last call was whole. */
  private final StringBuilder raw = new StringBuilder();

  private final StringBuilder name = new StringBuilder();
  private State state = State.TEXT;
  private boolean marked;
  private boolean list;
  private boolean textTold;
  private CallReader call;
  private boolean callTold;
  private int argumentsEnd; // in raw
  private int told; // of raw, up to the end of some arguments
  private int index;
  private int whole;

  ToolCallParser(ToolForm form, AnswerShape shape) {
    this.form = form;
    this.shape = shape;
  }

  /** Whether the answer ends here because it may have one call only. */
  boolean isOver() {
    return shape.single() && whole > 0;
  }

  /** How many calls are whole. */
  int calls() {
    return whole;
  }

  void add(String text, List<AnswerPart> parts) {
    for (int i = 0; i < text.length() && !isOver(); i++) {
      char letter = text.charAt(i);
      if (state != State.TEXT) {
        raw.append(letter);
      }
      switch (state) {
        case TEXT -> text(letter, parts);
        case MARKED, NEXT -> begin(letter, parts);
        case NAME -> name(letter, parts);
        case CALL -> call(letter, parts);
        case BEHIND -> behind(parts);
      }
    }
    if (state == State.TEXT) {
      int sure = held.length() - Whitespace.overlap(held, form.mark());
      tell(Whitespace.take(held, Whitespace.lengthWithoutTrailing(held, sure)), parts);
    } else if (state == State.CALL) {
      tellCall(parts);
    }
  }

  private void text(char letter, List<AnswerPart> parts) {
    boolean mayCall = form == ToolForm.LLAMA && letter == '{' && !textTold && index == 0;
    boolean first = mayCall && Whitespace.lengthWithoutTrailing(held, held.length()) == 0;
    held.append(letter);
    if (endsWith(held, form.mark())) {
      int before = held.length() - form.mark().length();
      tell(Whitespace.take(held, Whitespace.lengthWithoutTrailing(held, before)), parts);
      callMayBegin(State.MARKED);
      marked = true;
    } else if (first) {
      callMayBegin(State.NEXT);
      begin(letter, parts);
    }
  }

  private void callMayBegin(State next) {
    raw.setLength(0);
    raw.append(held);
    held.setLength(0);
    marked = false;
    list = false;
    state = next;
  }

  private static boolean endsWith(StringBuilder text, String end) {
    int start = text.length() - end.length();
    return start >= 0 && text.indexOf(end, start) == start;
  }

  private void begin(char letter, List<AnswerPart> parts) {
    boolean mistral = form == ToolForm.MISTRAL && state == State.MARKED;
    if (letter == '{') {
      read(
          marked
              ? CallReader.ofObject(any -> true, false)
              : CallReader.ofObject(shape.tools()::contains, true));
      call(letter, parts);
    } else if (mistral && letter == '[') {
      list = true;
      state = State.NEXT;
    } else if (mistral && isOfName(letter)) {
      name.setLength(0);
      name.append(letter);
      state = State.NAME;
    } else if (letter > ' ') {
      brokenBy(letter, parts);
    }
  }

  private static boolean isOfName(char letter) {
    return Character.isLetterOrDigit(letter) || "_-.".indexOf(letter) >= 0;
  }

  private void name(char letter, List<AnswerPart> parts) {
    name.append(letter);
    int mark = name.indexOf("[");
    if (letter == '{' && mark < 0) {
      read(CallReader.ofArguments(name.substring(0, name.length() - 1).strip()));
      call(letter, parts);
    } else if (mark >= 0 && endsWith(name, ARGUMENTS)) {
      read(CallReader.ofArguments(name.substring(0, mark).strip()));
    } else if (mark >= 0 ? !mayBeMark(name.substring(mark)) : !isOfName(letter) && letter > ' ') {
      brokenBy(letter, parts);
    }
  }

  /** Whether it begins as one of the marks behind a name; an id is not looked at. */
  private static boolean mayBeMark(String text) {
    return ARGUMENTS.startsWith(text) || CALL_ID.startsWith(text) || text.startsWith(CALL_ID);
  }

  private void read(CallReader reader) {
    state = State.CALL;
    call = reader;
    callTold = false;
    argumentsEnd = 0;
    told = 0;
  }

  private void call(char letter, List<AnswerPart> parts) {
    int arguments = call.argumentLength();
    CallReader.State read = call.add(letter);
    if (call.argumentLength() > arguments) {
      argumentsEnd = raw.length();
    }
    switch (read) {
      case OPEN -> {}
      case BROKEN -> brokenBy(letter, parts);
      case WHOLE -> {
        tellCall(parts);
        parts.add(new CallEnd(index));
        index++;
        whole++;
        callTold = false;
        raw.setLength(0);
        state = State.BEHIND;
      }
    }
  }

  private void tellCall(List<AnswerPart> parts) {
    if (!call.isBegun()) {
      return;
    }
    if (!callTold) {
      callTold = true;
      parts.add(new CallBegin(index, form.newId(), call.name()));
    }
    String arguments = call.takeNewArguments();
    if (!arguments.isEmpty()) {
      parts.add(new CallArguments(index, arguments));
      told = argumentsEnd;
    }
  }

  private void behind(List<AnswerPart> parts) {
    String rest = raw.toString().strip();
    if (rest.isEmpty() || isHalfOfEnd(rest)) {
      return;
    }
    boolean ended = rest.equals(form == ToolForm.HERMES ? HERMES_END : list ? "]" : "");
    if (isSeparator(rest)) {
      state = State.NEXT;
      return;
    }
    raw.setLength(0);
    state = State.TEXT;
    if (!ended) {
      rest.chars().forEach(letter -> text((char) letter, parts));
    }
  }

  private boolean isHalfOfEnd(String rest) {
    return form == ToolForm.HERMES && HERMES_END.startsWith(rest) && !rest.equals(HERMES_END);
  }

  private boolean isSeparator(String rest) {
    return form == ToolForm.LLAMA ? rest.equals(";") : list && rest.equals(",");
  }

  /** What was read is no call, but text; the letter by which this shows may begin a mark. */
  private void brokenBy(char letter, List<AnswerPart> parts) {
    raw.setLength(raw.length() - 1);
    broken(parts);
    text(letter, parts);
  }

  private void broken(List<AnswerPart> parts) {
    state = State.TEXT;
    if (callTold) {
      callTold = false;
      textTold = true;
      parts.add(new CallBroken(index, raw.toString(), raw.substring(told)));
      index++;
    } else {
      tell(raw.toString(), parts);
    }
    raw.setLength(0);
  }

  private void tell(String text, List<AnswerPart> parts) {
    if (!text.isEmpty()) {
      textTold = true;
      parts.add(new Text(text));
    }
  }

  /** What was held back: a call that is not whole is text. */
  void finish(List<AnswerPart> parts) {
    String rest = raw.toString().strip();
    if (isOver()) {
      return;
    }
    switch (state) {
      case TEXT -> tell(whole > 0 ? held.toString().stripTrailing() : held.toString(), parts);
      case MARKED, NAME, CALL -> broken(parts);
      case NEXT -> {
        if (!isSeparator(rest)) {
          broken(parts);
        }
      }
      case BEHIND -> {} // at most white space and half a mark
    }
  }
}
