package dev.bookend.model.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The filters that make texts. */
record TextFilters(Budget budget) {
  static final Set<String> NAMES =
      Set.of(
          "trim",
          "upper",
          "lower",
          "title",
          "capitalize",
          "replace",
          "indent",
          "string",
          "safe",
          "escape",
          "e",
          "forceescape",
          "format",
          "tojson",
          "center",
          "wordcount",
          "truncate",
          "striptags",
          "urlencode");

  private static final int INDENT = 4;
  private static final int WIDTH = 80;
  private static final int TRUNCATED = 255;
  private static final int LEEWAY = 5;

  Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "trim" -> {
        Object characters = arguments.bind(0, "chars")[0];
        yield Strip.strip(text(value), characters, true, true, budget);
      }
      case "upper", "lower", "capitalize" -> {
        arguments.bind(0);
        yield StringMethods.call(text(value), name, budget);
      }
      case "title" -> {
        arguments.bind(0);
        yield title(text(value));
      }
      case "replace" -> replace(value, arguments.bind(2, "old", "new", "count"));
      case "indent" -> indent(value, arguments.bind(0, "width", "first", "blank"));
      case "string" -> {
        arguments.bind(0);
        yield value instanceof Markup ? value : text(value);
      }
      case "safe" -> {
        arguments.bind(0);
        yield new Markup(text(value));
      }
      case "escape", "e" -> {
        arguments.bind(0);
        yield Markup.escape(value, budget);
      }
      case "forceescape" -> {
        arguments.bind(0);
        yield Markup.escape(text(value), budget);
      }
      case "format" -> format(value, arguments);
      case "tojson" -> Json.of(value, arguments, budget);
      case "center" -> {
        int width = Filters.integer(arguments.bind(0, "width")[0], WIDTH, "center");
        yield Padding.center(text(value), width, ' ', budget);
      }
      case "wordcount" -> {
        arguments.bind(0);
        budget.read(text(value).length());
        yield wordCount(text(value));
      }
      case "truncate" -> truncate(value, arguments.bind(0, "length", "killwords", "end", "leeway"));
      case "striptags" -> {
        arguments.bind(0);
        yield stripTags(text(value));
      }
      default -> {
        arguments.bind(0);
        if (Sequences.iterable(value) && !Types.isString(value)) {
          throw Fault.of("'urlencode' of a value of type '" + Types.name(value) + "'");
        }
        yield Percent.encode(text(value), budget);
      }
    };
  }

  private String text(Object value) {
    return Text.of(value, budget);
  }

  /** Each word's first letter in upper case, the rest in lower case. */
  private String title(String text) {
    budget.text(2L * text.length());
    StringBuilder out = new StringBuilder();
    boolean begins = true;
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      i += Character.charCount(point);
      if (point == '-' || "({[<".indexOf(point) >= 0 || Characters.isSpace(point)) {
        begins = true;
        out.appendCodePoint(point);
      } else {
        String letter = Character.toString(point);
        out.append(
            begins
                ? letter.toUpperCase(java.util.Locale.ROOT)
                : letter.toLowerCase(java.util.Locale.ROOT));
        begins = false;
      }
    }
    return out.toString();
  }

  private String replace(Object value, Object[] arguments) {
    int count =
        arguments[2] == null || arguments[2] instanceof None
            ? -1
            : Types.integer(arguments[2], "replace");
    return Replace.replace(text(value), text(arguments[0]), text(arguments[1]), count, budget);
  }

  private String indent(Object value, Object[] arguments) {
    String margin =
        arguments[0] instanceof String given
            ? given
            : Padding.spaces(Filters.integer(arguments[0], INDENT, "indent"), budget);
    boolean first = Filters.flag(arguments[1], false);
    boolean blank = Filters.flag(arguments[2], false);
    String text = Types.string(value, "'indent'");
    List<String> lines = StringMethods.lines(text + "\n", false, budget);
    List<String> indented = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean in = i == 0 ? first : blank || !line.isEmpty();
      budget.text((long) margin.length() + line.length());
      indented.add(in ? margin + line : line);
    }
    return String.join("\n", indented);
  }

  private String format(Object value, Arguments arguments) {
    if (!arguments.named().isEmpty()) {
      if (!arguments.positional().isEmpty()) {
        throw Fault.of("'format' takes values by place or by name, not both");
      }
      Dict.Builder named = new Dict.Builder(budget);
      arguments.named().forEach(named::put);
      return PercentFormat.format(text(value), named.build(), budget);
    }
    return PercentFormat.format(text(value), new Tuple(arguments.positional()), budget);
  }

  private static Object wordCount(String text) {
    long words = 0;
    boolean in = false;
    for (int point : text.codePoints().toArray()) {
      boolean letter = Character.isLetterOrDigit(point) || point == '_';
      words += letter && !in ? 1 : 0;
      in = letter;
    }
    return java.math.BigInteger.valueOf(words);
  }

  private Object truncate(Object value, Object[] arguments) {
    int length = Filters.integer(arguments[0], TRUNCATED, "truncate");
    String end = arguments[2] == null ? "..." : text(arguments[2]);
    int leeway = Filters.integer(arguments[3], LEEWAY, "truncate");
    if (length < end.length() || leeway < 0) {
      throw Fault.of("truncate to a length below that of its end");
    }
    if (Sequences.length(value) <= (long) length + leeway) {
      return value;
    }
    String text = Types.string(value, "'truncate'");
    budget.text(2L * text.length());
    int[] points = text.codePoints().toArray();
    String kept = new String(points, 0, length - end.codePointCount(0, end.length()));
    if (!Filters.flag(arguments[1], false)) {
      int space = kept.lastIndexOf(' ');
      kept = space < 0 ? kept : kept.substring(0, space);
    }
    return kept + end;
  }

  private String stripTags(String text) {
    budget.text(2L * text.length());
    StringBuilder out = new StringBuilder();
    int at = 0;
    for (int open = text.indexOf('<'); open >= 0; open = text.indexOf('<', at)) {
      int close = text.indexOf('>', open);
      if (close < 0) {
        break;
      }
      out.append(text, at, open);
      at = close + 1;
    }
    out.append(text.substring(at));
    return String.join(" ", StringMethods.words(out.toString(), budget));
  }
}
