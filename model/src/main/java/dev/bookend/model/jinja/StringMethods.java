package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/** The methods of Python's {@code str}. */
final class StringMethods {
  private final String text;
  private final Budget budget;

  private StringMethods(String text, Budget budget) {
    this.text = text;
    this.budget = budget;
  }

  /** The method of a name, or null. */
  static Callable of(String text, String name, Budget budget) {
    StringMethods methods = new StringMethods(text, budget);
    return switch (name) {
      case "capitalize", "casefold", "lower", "swapcase", "title", "upper" ->
          methods.simple(() -> call(text, name, budget));
      case "isalnum",
          "isalpha",
          "isascii",
          "isdecimal",
          "isdigit",
          "isidentifier",
          "islower",
          "isnumeric",
          "isprintable",
          "isspace",
          "istitle",
          "isupper" ->
          methods.simple(() -> methods.is(name));
      case "strip", "lstrip", "rstrip" -> arguments -> methods.strip(name, arguments);
      case "split", "rsplit" -> arguments -> methods.split(name, arguments);
      case "splitlines" -> methods::splitLines;
      case "partition", "rpartition" -> arguments -> methods.partition(name, arguments);
      case "startswith", "endswith" -> arguments -> methods.begins(name, arguments);
      case "find", "rfind", "index", "rindex" -> arguments -> methods.find(name, arguments);
      case "count" -> methods::count;
      case "replace" -> methods::replace;
      case "removeprefix", "removesuffix" -> arguments -> methods.remove(name, arguments);
      case "join" -> methods::join;
      case "center", "ljust", "rjust" -> arguments -> methods.pad(name, arguments);
      case "zfill" -> methods::fillWithZeros;
      case "expandtabs" -> methods::expandTabs;
      case "format" -> arguments -> StringFormat.format(text, arguments, budget);
      case "format_map" ->
          arguments -> StringFormat.formatMap(text, arguments.bind(1, "mapping")[0], budget);
      default -> null;
    };
  }

  private Callable simple(java.util.function.Supplier<Object> method) {
    return arguments -> {
      arguments.bind(0);
      budget.text(text.length());
      return method.get();
    };
  }

  /** Calls a method that changes letters. */
  static String call(String text, String name, Budget budget) {
    budget.text(2L * text.length());
    return switch (name) {
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "capitalize" -> capitalize(text);
      case "title" -> title(text);
      case "swapcase" -> swapCase(text);
      default -> text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT).replace('ς', 'σ');
    };
  }

  private static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = Character.charCount(text.codePointAt(0));
    return titled(text.substring(0, first)) + text.toLowerCase(Locale.ROOT).substring(first);
  }

  /** A letter in title case, which may be two. */
  private static String titled(String letter) {
    String upper = letter.toUpperCase(Locale.ROOT);
    if (upper.codePointCount(0, upper.length()) > 1) {
      int first = Character.charCount(upper.codePointAt(0));
      return upper.substring(0, first) + upper.substring(first).toLowerCase(Locale.ROOT);
    }
    return Character.toString(Character.toTitleCase(letter.codePointAt(0)));
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); ) {
      int end = i;
      while (end < text.length() && Characters.isCased(text.codePointAt(end))) {
        end += Character.charCount(text.codePointAt(end));
      }
      if (end > i) {
        String first = Character.toString(text.codePointAt(i));
        String lower = text.substring(i, end).toLowerCase(Locale.ROOT);
        out.append(titled(first)).append(lower.substring(first.toLowerCase(Locale.ROOT).length()));
        i = end;
      } else {
        out.appendCodePoint(text.codePointAt(i));
        i += Character.charCount(text.codePointAt(i));
      }
    }
    return out.toString();
  }

  private static String swapCase(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            point -> {
              String letter = Character.toString(point);
              out.append(
                  Character.isUpperCase(point)
                      ? letter.toLowerCase(Locale.ROOT)
                      : letter.toUpperCase(Locale.ROOT));
            });
    return out.toString();
  }

  private boolean is(String name) {
    return switch (name) {
      case "isascii" -> text.chars().allMatch(c -> c < 128);
      case "isprintable" -> text.codePoints().allMatch(Characters::isPrintable);
      case "islower" -> isLower(text);
      case "isupper" -> isUpper(text);
      case "istitle" -> isTitle();
      case "isalpha" -> all(Character::isLetter);
      case "isalnum" -> all(c -> Character.isLetter(c) || isNumeric(c));
      case "isdecimal" -> all(Character::isDigit);
      case "isdigit" -> all(c -> Character.isDigit(c) || isSuperscript(c));
      case "isnumeric" -> all(StringMethods::isNumeric);
      case "isspace" -> all(Characters::isSpace);
      default ->
          !text.isEmpty()
              && (text.charAt(0) == '_' || Character.isUnicodeIdentifierStart(text.codePointAt(0)))
              && text.codePoints().allMatch(Character::isUnicodeIdentifierPart);
    };
  }

  private boolean all(IntPredicate property) {
    return !text.isEmpty() && text.codePoints().allMatch(property);
  }

  private static boolean isNumeric(int point) {
    int type = Character.getType(point);
    return type == Character.DECIMAL_DIGIT_NUMBER
        || type == Character.LETTER_NUMBER
        || type == Character.OTHER_NUMBER;
  }

  private static boolean isSuperscript(int point) {
    return point == 0xb2 || point == 0xb3 || point == 0xb9 || point >= 0x2070 && point <= 0x2089;
  }

  static boolean isLower(String text) {
    return text.codePoints().anyMatch(Character::isLowerCase)
        && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
  }

  static boolean isUpper(String text) {
    return text.codePoints().anyMatch(Character::isUpperCase)
        && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
  }

  private boolean isTitle() {
    boolean inWord = false;
    boolean any = false;
    for (int point : text.codePoints().toArray()) {
      boolean upper = Character.isUpperCase(point) || Character.isTitleCase(point);
      if (upper == inWord && Characters.isCased(point)) {
        return false;
      }
      inWord = Characters.isCased(point);
      any |= inWord;
    }
    return any;
  }

  private Object strip(String name, Arguments arguments) {
    Object set = arguments.bind(0, "chars")[0];
    return Strip.strip(text, set, !name.equals("rstrip"), !name.equals("lstrip"), budget);
  }

  private Object split(String name, Arguments arguments) {
    Object[] given = arguments.bind(0, "sep", "maxsplit");
    int most = Filters.integer(given[1], -1, name + "()");
    int limit = most < 0 ? Integer.MAX_VALUE : most;
    List<Object> parts = new ArrayList<>();
    if (given[0] == null || given[0] instanceof None) {
      return name.equals("split") ? words(limit) : wordsFromRight(limit);
    }
    String separator = Types.string(given[0], name + "()");
    if (separator.isEmpty()) {
      throw Fault.of(name + "() at an empty separator");
    }
    if (name.equals("split")) {
      int at = 0;
      while (parts.size() < limit) {
        int found = Search.indexOf(text, separator, at, budget);
        if (found < 0) {
          break;
        }
        part(parts, at, found);
        at = found + separator.length();
      }
      part(parts, at, text.length());
    } else {
      int end = text.length();
      while (parts.size() < limit) {
        int found = Search.lastIndexOf(text, separator, end, budget);
        if (found < 0) {
          break;
        }
        part(parts, found + separator.length(), end);
        end = found;
      }
      part(parts, 0, end);
      java.util.Collections.reverse(parts);
    }
    return parts;
  }

  private void part(List<Object> parts, int from, int to) {
    budget.text((long) to - from);
    budget.items(1);
    parts.add(text.substring(from, to));
  }

  private List<Object> words(int limit) {
    budget.read(text.length());
    List<Object> words = new ArrayList<>();
    int at = Characters.skipSpace(text, 0);
    while (at < text.length() && words.size() < limit) {
      int end = at;
      while (end < text.length() && !Characters.isSpace(text.charAt(end))) {
        end++;
      }
      part(words, at, end);
      at = Characters.skipSpace(text, end);
    }
    if (at < text.length()) {
      part(words, at, text.length());
    }
    return words;
  }

  private List<Object> wordsFromRight(int limit) {
    budget.read(text.length());
    List<Object> words = new ArrayList<>();
    int end = spaceBefore(text.length());
    while (end > 0 && words.size() < limit) {
      int begin = end;
      while (begin > 0 && !Characters.isSpace(text.charAt(begin - 1))) {
        begin--;
      }
      part(words, begin, end);
      end = spaceBefore(begin);
    }
    if (end > 0) {
      part(words, 0, end);
    }
    java.util.Collections.reverse(words);
    return words;
  }

  private int spaceBefore(int end) {
    int at = end;
    while (at > 0 && Characters.isSpace(text.charAt(at - 1))) {
      at--;
    }
    return at;
  }

  /** The text's words, between white space. */
  static List<String> words(String text, Budget budget) {
    return new StringMethods(text, budget)
        .words(Integer.MAX_VALUE).stream().map(String.class::cast).toList();
  }

  private Object splitLines(Arguments arguments) {
    boolean keep = Filters.flag(arguments.bind(0, "keepends")[0], false);
    return List.<Object>copyOf(lines(text, keep, budget));
  }

  /** The lines as {@code splitlines} has them. */
  static List<String> lines(String text, boolean keepEnds, Budget budget) {
    budget.text(text.length());
    List<String> lines = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int end = at;
      while (end < text.length() && !Characters.endsLine(text.charAt(end))) {
        end++;
      }
      int next = text.startsWith("\r\n", end) ? end + 2 : Math.min(end + 1, text.length());
      budget.items(1);
      lines.add(text.substring(at, keepEnds ? next : end));
      at = next;
    }
    return lines;
  }

  private Object partition(String name, Arguments arguments) {
    String separator = Types.string(arguments.bind(1, "sep")[0], name + "()");
    if (separator.isEmpty()) {
      throw Fault.of(name + "() at an empty separator");
    }
    boolean right = name.equals("rpartition");
    int found =
        right
            ? Search.lastIndexOf(text, separator, text.length(), budget)
            : Search.indexOf(text, separator, 0, budget);
    budget.text(text.length());
    if (found < 0) {
      return right ? Tuple.of("", "", text) : Tuple.of(text, "", "");
    }
    String rest = text.substring(found + separator.length());
    return Tuple.of(text.substring(0, found), separator, rest);
  }

  /** The part of the text between two places as a slice has them; null where it is behind. */
  private String between(Object from, Object to) {
    int length = text.codePointCount(0, text.length());
    budget.read(text.length());
    if (from != null && !(from instanceof None) && Types.integer(from, "a place") > length) {
      return null;
    }
    return (String)
        Slicing.slice(
            text, Filters.or(from, None.NONE), Filters.or(to, None.NONE), None.NONE, budget);
  }

  private Object begins(String name, Arguments arguments) {
    Object[] given = arguments.bind(1, "prefix", "start", "end");
    String part = given[1] == null && given[2] == null ? text : between(given[1], given[2]);
    List<Object> options = given[0] instanceof Tuple tuple ? tuple.items() : List.of(given[0]);
    for (Object option : options) {
      String affix = Types.string(option, name + "()");
      budget.read(affix.length());
      if (part != null
          && (name.equals("startswith") ? part.startsWith(affix) : part.endsWith(affix))) {
        return true;
      }
    }
    return false;
  }

  private Object find(String name, Arguments arguments) {
    Object[] given = arguments.bind(1, "sub", "start", "end");
    String sought = Types.string(given[0], name + "()");
    String part = between(given[1], given[2]);
    int found = -1;
    if (part != null) {
      found =
          name.startsWith("r")
              ? Search.lastIndexOf(part, sought, part.length(), budget)
              : Search.indexOf(part, sought, 0, budget);
    }
    if (found < 0) {
      if (name.endsWith("index")) {
        throw Fault.of(name + "() does not find the text");
      }
      return BigInteger.ONE.negate();
    }
    int length = text.codePointCount(0, text.length());
    int begin =
        Filters.or(given[1], None.NONE) instanceof None ? 0 : Types.integer(given[1], name + "()");
    int offset = begin < 0 ? Math.max(0, begin + length) : begin;
    return BigInteger.valueOf((long) offset + part.codePointCount(0, found));
  }

  private Object count(Arguments arguments) {
    Object[] given = arguments.bind(1, "sub", "start", "end");
    String sought = Types.string(given[0], "count()");
    String part = between(given[1], given[2]);
    if (part == null) {
      return BigInteger.ZERO;
    }
    if (sought.isEmpty()) {
      return BigInteger.valueOf(part.codePointCount(0, part.length()) + 1L);
    }
    long count = 0;
    int at = Search.indexOf(part, sought, 0, budget);
    while (at >= 0) {
      count++;
      at = Search.indexOf(part, sought, at + sought.length(), budget);
    }
    return BigInteger.valueOf(count);
  }

  private Object replace(Arguments arguments) {
    Object[] given = arguments.bind(2, "old", "new", "count");
    return Replace.replace(
        text,
        Types.string(given[0], "replace()"),
        Types.string(given[1], "replace()"),
        Filters.integer(given[2], -1, "replace()"),
        budget);
  }

  private Object remove(String name, Arguments arguments) {
    String affix = Types.string(arguments.bind(1, "affix")[0], name + "()");
    budget.text(text.length());
    if (name.equals("removeprefix")) {
      return text.startsWith(affix) ? text.substring(affix.length()) : text;
    }
    return text.endsWith(affix) ? text.substring(0, text.length() - affix.length()) : text;
  }

  private Object join(Arguments arguments) {
    StringBuilder out = new StringBuilder();
    Object items = arguments.bind(1, "iterable")[0];
    String separator = "";
    for (Object item : Sequences.iterate(items, budget)) {
      String part = Types.string(item, "join()");
      budget.text((long) separator.length() + part.length());
      budget.read(8);
      out.append(separator).append(part);
      separator = text;
    }
    budget.text(out.length());
    return out.toString();
  }

  private Object pad(String name, Arguments arguments) {
    Object[] given = arguments.bind(1, "width", "fillchar");
    int width = Types.integer(given[0], name + "()");
    String fill = given[1] == null ? " " : Types.string(given[1], name + "()");
    if (fill.codePointCount(0, fill.length()) != 1) {
      throw Fault.of(name + "() fills with one character");
    }
    int point = fill.codePointAt(0);
    return switch (name) {
      case "center" -> Padding.center(text, width, point, budget);
      case "ljust" -> Padding.left(text, width, point, budget);
      default -> Padding.right(text, width, point, budget);
    };
  }

  private Object fillWithZeros(Arguments arguments) {
    int width = Types.integer(arguments.bind(1, "width")[0], "zfill()");
    boolean signed = text.startsWith("-") || text.startsWith("+");
    String sign = signed ? text.substring(0, 1) : "";
    return sign + Padding.right(text.substring(sign.length()), width - sign.length(), '0', budget);
  }

  private Object expandTabs(Arguments arguments) {
    int size = Filters.integer(arguments.bind(0, "tabsize")[0], 8, "expandtabs()");
    StringBuilder out = new StringBuilder();
    int column = 0;
    for (int point : text.codePoints().toArray()) {
      if (point == '\t') {
        int spaces = size > 0 ? size - column % size : 0;
        out.append(Padding.spaces(spaces, budget));
        column += spaces;
      } else {
        out.appendCodePoint(point);
        column = point == '\n' || point == '\r' ? 0 : column + 1;
      }
    }
    budget.text(out.length());
    return out.toString();
  }
}
