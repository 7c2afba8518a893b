package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** JSON as Python's {@code json.dumps} writes it. */
final class Json {
  private final StringBuilder out = new StringBuilder();
  private final Budget budget;
  private final boolean ascii;
  private final String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean sorted;

  private Json(Object[] settings, Budget budget) {
    this.budget = budget;
    ascii = Filters.flag(settings[0], false);
    indent = indent(settings[1]);
    sorted = Filters.flag(settings[3], false);
    List<Object> separators = settings[2] == null ? null : Sequences.indexed(settings[2]);
    if (separators != null && separators.size() != 2) {
      throw Fault.of("'tojson' needs two separators");
    }
    itemSeparator =
        separators != null
            ? Types.string(separators.get(0), "a separator")
            : indent == null ? ", " : ",";
    keySeparator = separators != null ? Types.string(separators.get(1), "a separator") : ": ";
  }

  static String of(Object value, Arguments arguments, Budget budget) {
    Json json =
        new Json(arguments.bind(0, "ensure_ascii", "indent", "separators", "sort_keys"), budget);
    json.write(value, 0);
    budget.text(json.out.length());
    return json.out.toString();
  }

  private String indent(Object setting) {
    if (setting == null || setting instanceof None) {
      return null;
    }
    return setting instanceof String text
        ? text
        : Padding.spaces(Types.integer(setting, "'indent' of 'tojson'"), budget);
  }

  private void write(Object valueOrMarkup, int depth) {
    Object value = Markup.unwrap(valueOrMarkup);
    budget.enter();
    if (value instanceof String text) {
      string(text);
    } else if (value instanceof None) {
      out.append("null");
    } else if (value instanceof Boolean truth) {
      out.append(truth);
    } else if (value instanceof BigInteger number) {
      out.append(Text.of(number));
    } else if (value instanceof Double number) {
      out.append(real(number));
    } else if (value instanceof List<?> list) {
      list(list, depth);
    } else if (value instanceof Tuple tuple) {
      list(tuple.items(), depth);
    } else if (value instanceof Dict dict) {
      dict(dict, depth);
    } else {
      throw Fault.of("'tojson' of a value of type '" + Types.name(value) + "'");
    }
    budget.leave();
  }

  private static String real(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "Infinity" : "-Infinity";
    }
    return FloatText.of(number);
  }

  private void list(List<?> items, int depth) {
    if (items.isEmpty()) {
      out.append("[]");
      return;
    }
    String separator = "[";
    for (Object item : items) {
      out.append(separator);
      line(depth + 1);
      write(item, depth + 1);
      separator = itemSeparator;
    }
    line(depth);
    out.append(']');
  }

  private void dict(Dict dict, int depth) {
    if (dict.size() == 0) {
      out.append("{}");
      return;
    }
    String separator = "{";
    for (Dict.Entry entry : sorted ? sorted(dict) : dict.entries()) {
      out.append(separator);
      line(depth + 1);
      string(key(entry.key()));
      out.append(keySeparator);
      write(entry.value(), depth + 1);
      separator = itemSeparator;
    }
    line(depth);
    out.append('}');
  }

  private List<Dict.Entry> sorted(Dict dict) {
    List<Dict.Entry> entries = new ArrayList<>(dict.entries());
    Sorting.sort(entries, Dict.Entry::key, false, budget);
    return entries;
  }

  private static String key(Object key) {
    if (key instanceof String text) {
      return text;
    } else if (key instanceof None) {
      return "null";
    } else if (key instanceof Boolean truth) {
      return truth.toString();
    } else if (key instanceof BigInteger number) {
      return Text.of(number);
    } else if (key instanceof Double number) {
      return real(number);
    }
    throw Fault.of("'tojson' of a dict with a key of type '" + Types.name(key) + "'");
  }

  private void line(int depth) {
    if (indent != null) {
      budget.text((long) indent.length() * depth);
      out.append('\n').append(indent.repeat(depth));
    }
  }

  private void string(String text) {
    budget.text(text.length());
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      switch (character) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> {
          if (character < ' ' || ascii && character > '~') {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) character));
          } else {
            out.append(character);
          }
        }
      }
    }
    out.append('"');
  }
}
