package dev.bookend.grammar;

import dev.bookend.grammar.Regex.Either;
import dev.bookend.grammar.Regex.One;
import dev.bookend.grammar.Regex.Repeated;
import dev.bookend.grammar.Regex.Sequence;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the part of ECMA-262's regular expressions that is regular and means the same to all
 * engines: characters, classes, groups, alternatives and repetitions, anchored at most at both ends
 * of the whole or of its alternatives. As everywhere in JSON Schema, an expression that is not
 * anchored is looked for within the string.
 */
final class RegexParser {
  private static final int DEEPEST = 50;
  private static final int MOST_CHARACTERS = 20_000;
  private static final int MOST_REPETITIONS = 10_000;
  private static final String SYNTAX = "^$\\.*+?()[]{}|/";

  private final String pattern;
  private int at;

  /** The character that the last escape stood for. */
  private int lastEscaped;

  private RegexParser(String pattern) {
    this.pattern = pattern;
  }

  /**
   * The strings in which a pattern is found.
   *
   * @throws IllegalArgumentException saying what in the pattern is not known
   */
  static Regex parse(String pattern) {
    if (pattern.length() > MOST_CHARACTERS) {
      throw new IllegalArgumentException("the regular expression is too long");
    }
    RegexParser parser = new RegexParser(pattern);
    List<Regex> all = new ArrayList<>();
    do {
      Regex before = parser.take("^") ? Regex.EMPTY : Regex.ANYTHING;
      Regex within = parser.sequence(0);
      Regex after = parser.take("$") ? Regex.EMPTY : Regex.ANYTHING;
      all.add(new Sequence(List.of(before, within, after)));
    } while (parser.take("|"));
    if (parser.more()) {
      throw parser.unknown(parser.pattern.substring(parser.at, parser.at + 1));
    }
    return new Either(all);
  }

  private boolean more() {
    return at < pattern.length();
  }

  private char peek() {
    return more() ? pattern.charAt(at) : 0;
  }

  private boolean take(String text) {
    boolean there = pattern.startsWith(text, at);
    at += there ? text.length() : 0;
    return there;
  }

  private IllegalArgumentException unknown(String what) {
    return new IllegalArgumentException(
        "the regular expression has \"" + what + "\", which is not known here");
  }

  private Regex alternatives(int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException("the regular expression is nested too deeply");
    }
    List<Regex> all = new ArrayList<>();
    do {
      all.add(sequence(depth));
    } while (take("|"));
    return all.size() == 1 ? all.get(0) : new Either(all);
  }

  /** Up to the end of the pattern, an alternative, a group or the anchor at the end. */
  private Regex sequence(int depth) {
    List<Regex> parts = new ArrayList<>();
    while (more() && peek() != '|' && peek() != ')' && !(peek() == '$' && depth == 0)) {
      parts.add(repeated(one(depth)));
    }
    return parts.size() == 1 ? parts.get(0) : new Sequence(parts);
  }

  private Regex one(int depth) {
    if (take("(")) {
      if (pattern.startsWith("?<", at)
          && !pattern.startsWith("?<=", at)
          && !pattern.startsWith("?<!", at)
          && pattern.indexOf('>', at) > 0) {
        at = pattern.indexOf('>', at) + 1;
      } else if (!take("?:") && peek() == '?') {
        throw unknown("(" + pattern.substring(at, Math.min(at + 2, pattern.length())));
      }
      Regex group = alternatives(depth + 1);
      if (!take(")")) {
        throw new IllegalArgumentException("the regular expression has a group without an end");
      }
      return group;
    }
    if (take("[")) {
      return new One(characterClass());
    }
    if (take(".")) {
      return new One(CharSet.LINE_ENDS.not());
    }
    if (peek() == '\\') {
      return new One(escape(false));
    }
    int character = pattern.codePointAt(at);
    if (SYNTAX.indexOf(character) >= 0 && character != '/' && character != ']') {
      throw unknown(Character.toString(character));
    }
    at += Character.charCount(character);
    return new One(CharSet.of(character, character));
  }

  private Regex repeated(Regex part) {
    int min;
    int max;
    if (take("*")) {
      min = 0;
      max = Repeated.UNBOUNDED;
    } else if (take("+")) {
      min = 1;
      max = Repeated.UNBOUNDED;
    } else if (take("?")) {
      min = 0;
      max = 1;
    } else if (take("{")) {
      min = number();
      max = min;
      if (take(",")) {
        max = peek() == '}' ? Repeated.UNBOUNDED : number();
      }
      if (!take("}") || max < min) {
        throw new IllegalArgumentException("the regular expression has a repetition that is none");
      }
    } else {
      return part;
    }
    boolean ignored = take("?"); // lazy or not, the strings are the same
    if ("*+?{".indexOf(peek()) >= 0 && more()) {
      throw unknown(pattern.substring(at, at + 1));
    }
    return new Repeated(part, min, max);
  }

  private int number() {
    int begin = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    int digits = at - begin;
    int number = digits == 0 || digits > 6 ? -1 : Integer.parseInt(pattern.substring(begin, at));
    if (number < 0 || number > MOST_REPETITIONS) {
      throw new IllegalArgumentException(
          "the regular expression has a repetition that is none, or of more than "
              + MOST_REPETITIONS);
    }
    return number;
  }

  private CharSet characterClass() {
    boolean negated = take("^");
    List<CharSet> all = new ArrayList<>();
    while (peek() != ']') {
      if (!more()) {
        throw new IllegalArgumentException("the regular expression has a class without an end");
      }
      int begin = at;
      CharSet first = member(negated);
      int low = single(begin);
      boolean range = at + 1 < pattern.length() && pattern.charAt(at + 1) != ']';
      if (low >= 0 && peek() == '-' && range) {
        at++;
        int from = at;
        member(negated);
        int high = single(from);
        if (high < low) {
          throw new IllegalArgumentException("the regular expression has a range that is none");
        }
        first = CharSet.of(low, high);
      }
      all.add(first);
    }
    at++;
    CharSet set = CharSet.union(all);
    return negated ? set.not() : set;
  }

  private CharSet member(boolean negated) {
    if (peek() == '\\') {
      return escape(negated);
    }
    if (pattern.startsWith("[:", at) || pattern.startsWith("&&", at)) {
      throw unknown(pattern.substring(at, at + 2)); // engines do not agree on these
    }
    int character = pattern.codePointAt(at);
    at += Character.charCount(character);
    return CharSet.of(character, character);
  }

  /** The character that was read since; -1: it was a class. */
  private int single(int begin) {
    if (pattern.charAt(begin) != '\\') {
      return pattern.codePointAt(begin);
    }
    return "dDwWsS".indexOf(pattern.charAt(begin + 1)) >= 0 ? -1 : lastEscaped;
  }

  /**
   * @param negated whether the set is taken out of all characters, and so must rather be too large
   *     than too small
   */
  private CharSet escape(boolean negated) {
    at++;
    if (!more()) {
      throw unknown("\\");
    }
    char kind = pattern.charAt(at++);
    return switch (kind) {
      case 'd' -> CharSet.DIGIT;
      case 'D' -> CharSet.DIGIT.not();
      case 'w' -> CharSet.WORD;
      case 'W' -> CharSet.WORD.not();
      case 's' -> negated ? CharSet.SPACE_OF_SOME : CharSet.SPACE;
      case 'S' -> (negated ? CharSet.SPACE : CharSet.SPACE_OF_SOME).not();
      default -> {
        lastEscaped = escaped(kind);
        yield CharSet.of(lastEscaped, lastEscaped);
      }
    };
  }

  private int escaped(char kind) {
    int control = "tnrfv".indexOf(kind);
    if (control >= 0) {
      return "\t\n\r\f\u000b".charAt(control);
    }
    if (kind == 'x') {
      return hex(2);
    }
    if (kind == 'u') {
      int unit = hex(4);
      if (Character.isHighSurrogate((char) unit) && take("\\u")) {
        int low = hex(4);
        if (Character.isLowSurrogate((char) low)) {
          return Character.toCodePoint((char) unit, (char) low);
        }
      }
      if (!Character.isSurrogate((char) unit)) {
        return unit;
      }
    }
    if (SYNTAX.indexOf(kind) >= 0 || kind == '-' || "\"'#&~!@%=:;<>,` _".indexOf(kind) >= 0) {
      return kind;
    }
    throw unknown("\\" + kind);
  }

  private int hex(int digits) {
    if (at + digits <= pattern.length()) {
      String text = pattern.substring(at, at + digits);
      if (text.matches("[0-9A-Fa-f]+")) {
        at += digits;
        return Integer.parseInt(text, 16);
      }
    }
    throw unknown(pattern.substring(at - 2, at));
  }
}
