package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** Python's {@code str.format}. */
final class StringFormat {
  private final String format;
  private final Arguments arguments;
  private final Budget budget;
  private int next;

  private StringFormat(String format, Arguments arguments, Budget budget) {
    this.format = format;
    this.arguments = arguments;
    this.budget = budget;
  }

  static String format(String format, Arguments arguments, Budget budget) {
    return new StringFormat(format, arguments, budget).fill(format, 2);
  }

  static String formatMap(String format, Object mapping, Budget budget) {
    if (!(mapping instanceof Dict dict)) {
      throw Fault.of("format_map() needs a dict");
    }
    Map<String, Object> named = new java.util.LinkedHashMap<>();
    for (Dict.Entry entry : dict.entries()) {
      named.put(Text.of(entry.key(), budget), entry.value());
    }
    return format(format, new Arguments(List.of(), named), budget);
  }

  private String fill(String text, int depth) {
    if (depth == 0) {
      throw Fault.of("a format has fields in fields in fields");
    }
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      char character = text.charAt(at);
      boolean twice = at + 1 < text.length() && text.charAt(at + 1) == character;
      if (character != '{' && character != '}' || twice) {
        out.append(character);
        at += character == '{' || character == '}' ? 2 : 1;
      } else if (character == '}') {
        throw broken();
      } else {
        int end = end(text, at);
        String field = field(text.substring(at + 1, end), depth);
        budget.text(field.length());
        out.append(field);
        at = end + 1;
      }
    }
    budget.text(out.length());
    return out.toString();
  }

  /** Where the field that begins there ends. */
  private Fault broken() {
    return Fault.of("a brace of a format of " + format.length() + " characters has no partner");
  }

  private int end(String text, int begin) {
    int open = 0;
    for (int i = begin; i < text.length(); i++) {
      if (text.charAt(i) == '{') {
        open++;
      } else if (text.charAt(i) == '}' && --open == 0) {
        return i;
      }
    }
    throw broken();
  }

  private String field(String field, int depth) {
    int name = 0;
    boolean bracket = false;
    while (name < field.length()
        && (bracket || field.charAt(name) != ':' && field.charAt(name) != '!')) {
      bracket = field.charAt(name) == '[' || bracket && field.charAt(name) != ']';
      name++;
    }
    Object value = value(field.substring(0, name));
    String rest = field.substring(name);
    if (rest.startsWith("!")) {
      if (rest.length() < 2 || rest.length() > 2 && rest.charAt(2) != ':') {
        throw broken();
      }
      value =
          switch (rest.charAt(1)) {
            case 's' -> Text.of(value, budget);
            case 'r', 'a' -> Text.representation(value, budget);
            default -> throw Fault.of("a format has an unknown conversion");
          };
      rest = rest.substring(2);
    }
    String spec = rest.isEmpty() ? "" : fill(rest.substring(1), depth - 1);
    return FormatSpec.parse(spec).format(value, budget);
  }

  private Object value(String path) {
    int end = 0;
    while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
      end++;
    }
    // An element of an argument without a name or number is what jinja2's sandbox refuses.
    Object value = argument(path.isEmpty() || end > 0 ? path.substring(0, end) : path);
    while (end < path.length()) {
      boolean element = path.charAt(end) == '[';
      int from = end + 1;
      int to = from;
      while (to < path.length()
          && (element ? path.charAt(to) != ']' : ".[".indexOf(path.charAt(to)) < 0)) {
        to++;
      }
      value = element ? element(value, path.substring(from, to)) : attribute(value);
      end = element ? to + 1 : to;
    }
    return value;
  }

  private static Object attribute(Object value) {
    throw Fault.of("a format asks for an attribute of type '" + Types.name(value) + "'");
  }

  private Object element(Object value, String key) {
    Object found = null;
    if (value instanceof Dict dict) {
      found = dict.get(key.matches("[0-9]{1,9}") ? new BigInteger(key) : key, budget);
    } else if (key.matches("[0-9]{1,9}") && Sequences.indexed(value) != null) {
      List<Object> items = Sequences.indexed(value);
      int at = Integer.parseInt(key);
      found = at < items.size() ? items.get(at) : null;
    }
    if (found == null) {
      throw Fault.of("a format asks for an element that is not there");
    }
    return found;
  }

  private Object argument(String name) {
    if (name.isEmpty() || name.matches("[0-9]{1,9}")) {
      int at = name.isEmpty() ? next++ : Integer.parseInt(name);
      if (at < arguments.positional().size()) {
        return arguments.positional().get(at);
      }
    } else if (arguments.named().containsKey(name)) {
      return arguments.named().get(name);
    }
    throw Fault.of("a format asks for an argument that is not given");
  }
}
