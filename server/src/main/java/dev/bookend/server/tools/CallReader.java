package dev.bookend.server.tools;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Reads one call, letter by letter: a JSON object with the tool's name and its arguments, in any
 * order and among other fields; or, where the name is known, the arguments alone. Not thread-safe.
 */
final class CallReader {
  enum State {
    OPEN,
    WHOLE,
    BROKEN
  }

  private enum Expected {
    OBJECT,
    KEY_OR_END,
    KEY,
    COLON,
    VALUE,
    IN_VALUE,
    COMMA_OR_END
  }

  private static final Set<String> ARGUMENTS = Set.of("arguments", "parameters");

  private final Predicate<String> names;
  private final boolean needsArguments;
  private final boolean argumentsAlone;
  private Expected expected = Expected.OBJECT;
  private JsonValueScanner value = new JsonValueScanner();
  private boolean isKey;
  private String key = "";
  private String name;
  private boolean begun;
  private boolean argumentsSeen;
  private boolean argumentsTold;
  private final StringBuilder arguments = new StringBuilder();

  private CallReader(
      String name, Predicate<String> names, boolean needsArguments, boolean argumentsAlone) {
    this.name = name;
    this.names = names;
    this.needsArguments = needsArguments;
    this.argumentsAlone = argumentsAlone;
  }

  /**
   * Of an object with name and arguments.
   *
   * @param names those that make it a call
   * @param needsArguments whether it is none without arguments
   */
  static CallReader ofObject(Predicate<String> names, boolean needsArguments) {
    return new CallReader(null, names, needsArguments, false);
  }

  /** Of the arguments of a tool whose name came before. */
  static CallReader ofArguments(String name) {
    return new CallReader(name, any -> true, true, true);
  }

  State add(char letter) {
    if (argumentsAlone) {
      return argumentAlone(letter);
    }
    if (expected == Expected.IN_VALUE) {
      if (value.endsBefore(letter)) {
        if (!take()) {
          return State.BROKEN;
        }
        expected = Expected.COMMA_OR_END;
      } else {
        return inValue(letter);
      }
    }
    return letter <= ' ' ? State.OPEN : structure(letter);
  }

  private State argumentAlone(char letter) {
    if (value.isEmpty() && letter != '{') {
      return letter <= ' ' ? State.OPEN : State.BROKEN;
    }
    if (!argument(letter)) {
      return State.OPEN;
    }
    return JsonValueScanner.parse(value.text()).isPresent() ? State.WHOLE : State.BROKEN;
  }

  private State structure(char letter) {
    boolean fits =
        switch (expected) {
          case OBJECT -> letter == '{';
          case KEY_OR_END -> letter == '"' || letter == '}';
          case KEY -> letter == '"';
          case COLON -> letter == ':';
          case VALUE -> true;
          case COMMA_OR_END, IN_VALUE -> letter == ',' || letter == '}';
        };
    if (!fits) {
      return State.BROKEN;
    }
    if (letter == '}' && expected != Expected.VALUE) {
      return end();
    }
    Expected now = expected;
    switch (now) {
      case OBJECT -> expected = Expected.KEY_OR_END;
      case COMMA_OR_END, IN_VALUE -> expected = Expected.KEY;
      case COLON -> expected = Expected.VALUE;
      case KEY_OR_END, KEY, VALUE -> {
        value = new JsonValueScanner();
        isKey = now != Expected.VALUE;
        expected = Expected.IN_VALUE;
        return inValue(letter);
      }
    }
    return State.OPEN;
  }

  private State inValue(char letter) {
    boolean ended = isArguments() ? argument(letter) : value.add(letter);
    if (!ended) {
      return State.OPEN;
    }
    return take() ? State.OPEN : State.BROKEN;
  }

  private boolean isArguments() {
    return !isKey && ARGUMENTS.contains(key);
  }

  /** Takes a letter of the arguments, and tells it where they are an object of a known tool. */
  private boolean argument(char letter) {
    boolean ended = value.add(letter);
    if (name != null && value.isObject()) {
      begun = true;
      argumentsTold = true;
      arguments.append(letter);
    }
    return ended;
  }

  /** Takes a key or value that has ended; false if it is none. */
  private boolean take() {
    Optional<JsonElement> parsed = JsonValueScanner.parse(value.text());
    if (parsed.isEmpty()) {
      return false;
    }
    JsonElement element = parsed.get();
    if (isKey) {
      key = element.getAsString();
      expected = Expected.COLON;
      boolean again = ARGUMENTS.contains(key) && argumentsSeen;
      argumentsSeen |= ARGUMENTS.contains(key);
      return !again;
    }
    expected = Expected.COMMA_OR_END;
    if (key.equals("name")) {
      return takeName(element);
    }
    return !isArguments() || argumentsTold || takeArguments(element);
  }

  private boolean takeName(JsonElement element) {
    boolean text = element instanceof JsonPrimitive primitive && primitive.isString();
    if (!text || name != null || element.getAsString().isEmpty()) {
      return false;
    }
    name = element.getAsString();
    begun = arguments.length() > 0;
    return names.test(name);
  }

  /** Those that came before the name, or as a string that holds JSON, as some models write them. */
  private boolean takeArguments(JsonElement element) {
    JsonElement meant = element;
    if (element instanceof JsonPrimitive primitive && primitive.isString()) {
      meant = JsonValueScanner.parse(primitive.getAsString()).orElse(element);
    }
    if (!meant.isJsonObject() && !meant.isJsonNull()) {
      return false;
    }
    arguments.append(meant.isJsonNull() ? "{}" : meant == element ? value.text() : meant);
    begun = name != null;
    return true;
  }

  private State end() {
    if (name == null || (needsArguments && !begun)) {
      return State.BROKEN;
    }
    if (!begun) {
      begun = true;
      arguments.append("{}");
    }
    return State.WHOLE;
  }

  /** Whether it is known which tool is called, with some of its arguments. */
  boolean isBegun() {
    return begun;
  }

  String name() {
    return name;
  }

  /** How many letters {@link #takeNewArguments} would give. */
  int argumentLength() {
    return arguments.length();
  }

  /** The arguments that have come since the last call of this. */
  String takeNewArguments() {
    String taken = arguments.toString();
    arguments.setLength(0);
    return taken;
  }
}
