package dev.bookend.model.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The methods of Python's {@code str} that chat templates call (Python Standard Library, "String
 * Methods").
 */
final class PythonStrings {
  private PythonStrings() {}

  /**
   * Calls a method.
   *
   * @throws TemplateFault if the method is not supported, or not with these arguments
   */
  static Object call(String text, String method, List<?> arguments) {
    Object result = null;
    if (arguments.isEmpty()) {
      result = call(text, method);
    } else if (arguments.get(0) instanceof List<?> parts && arguments.size() == 1) {
      result = method.equals("join") ? join(text, parts) : null;
    } else if (arguments.get(0) instanceof String first) {
      result =
          arguments.size() == 1
              ? call(text, method, first)
              : arguments.size() == 2 ? call(text, method, first, arguments.get(1)) : null;
    }
    if (result == null) {
      throw TemplateFault.unsupported("the string method '" + method + "' as it is called there");
    }
    return result;
  }

  private static Object call(String text, String method) {
    return switch (method) {
      case "strip" -> strip(text, null, true, true);
      case "lstrip" -> strip(text, null, true, false);
      case "rstrip" -> strip(text, null, false, true);
      case "split" -> splitAtSpace(text);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "title" -> title(text);
      case "capitalize" -> capitalize(text);
      default -> null;
    };
  }

  private static Object call(String text, String method, String argument) {
    return switch (method) {
      case "strip" -> strip(text, argument, true, true);
      case "lstrip" -> strip(text, argument, true, false);
      case "rstrip" -> strip(text, argument, false, true);
      case "startswith" -> text.startsWith(argument);
      case "endswith" -> text.endsWith(argument);
      case "split" -> split(text, argument, Integer.MAX_VALUE);
      case "find" -> find(text, argument);
      default -> null;
    };
  }

  private static Object call(String text, String method, String first, Object second) {
    if (method.equals("replace") && second instanceof String to) {
      return text.replace(first, to);
    }
    if (method.equals("split") && second instanceof Number limit) {
      return split(text, first, limit.intValue() < 0 ? Integer.MAX_VALUE : limit.intValue());
    }
    return null;
  }

  private static String join(String separator, List<?> parts) {
    boolean strings = parts.stream().allMatch(String.class::isInstance);
    return strings
        ? parts.stream().map(String.class::cast).collect(Collectors.joining(separator))
        : null;
  }

  /** Strips the characters of {@code set}, or white space where that is null, from the ends. */
  static String strip(String text, String set, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && strips(text.codePointAt(from), set)) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (right && from < to && strips(text.codePointBefore(to), set)) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(from, to);
  }

  private static boolean strips(int character, String set) {
    return set == null ? isSpace(character) : set.indexOf(character) >= 0;
  }

  /**
   * Whether {@code str.isspace} counts it as white space: Java's, the no-break spaces and U+0085.
   */
  private static boolean isSpace(int character) {
    return Character.isWhitespace(character)
        || Character.isSpaceChar(character)
        || character == 0x85;
  }

  private static List<String> split(String text, String separator, int limit) {
    if (separator.isEmpty()) {
      throw TemplateFault.unsupported("a string split at an empty separator");
    }
    List<String> parts = new ArrayList<>();
    int from = 0;
    int at = text.indexOf(separator);
    while (at >= 0 && parts.size() < limit) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static List<String> splitAtSpace(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    text.codePoints()
        .forEach(
            character -> {
              if (!isSpace(character)) {
                word.appendCodePoint(character);
              } else if (word.length() > 0) {
                words.add(word.toString());
                word.setLength(0);
              }
            });
    if (word.length() > 0) {
      words.add(word.toString());
    }
    return words;
  }

  private static String title(String text) {
    StringBuilder result = new StringBuilder(text.length());
    boolean inWord = false;
    for (int character : text.codePoints().toArray()) {
      result.appendCodePoint(
          inWord ? Character.toLowerCase(character) : Character.toTitleCase(character));
      inWord = Character.isLetter(character);
    }
    return result.toString();
  }

  private static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int rest = text.offsetByCodePoints(0, 1);
    return Character.toString(Character.toTitleCase(text.codePointAt(0)))
        + text.substring(rest).toLowerCase(Locale.ROOT);
  }

  /** The position of a part, counted in code points as Python does, or -1. */
  private static long find(String text, String part) {
    int at = text.indexOf(part);
    return at < 0 ? at : text.codePointCount(0, at);
  }
}
