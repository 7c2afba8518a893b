package dev.bookend.model.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * What a regular expression of a {@code tokenizer.json} can cost. The library's engine (Oniguruma)
 * gives up after ten million steps back within one match, and the library then ends the process. So
 * patterns are taken apart here, and only those are taken whose steps grow at most with the length
 * of the text: characters, classes, groups and alternatives, where no repetition without a bound is
 * inside another or, more than once, before something that can fail.
 *
 * @param stepsPerCharacter at most so many steps back for each character of the text
 * @param shortest the fewest characters that it matches
 */
record PatternCost(int stepsPerCharacter, int shortest) {
  private static final int MOST_REPETITIONS = 64;
  private static final int MOST_WAYS = 1000;
  private static final int DEEPEST = 16;

  /** Escapes that stand for one character. */
  private static final String ONE = "sSdDwWhHnrtfvae\\.^$|?*+()[]{}/-'\"#&~!@%=:;<>,`_ ";

  /**
   * Takes a pattern apart.
   *
   * @throws IllegalArgumentException saying why, if its cost is not known to be bounded
   */
  static PatternCost of(String pattern) {
    Parser parser = new Parser(pattern);
    Part all = parser.alternatives(0);
    if (parser.at < pattern.length()) {
      throw new IllegalArgumentException("a bracket is closed that was not opened");
    }
    return new PatternCost(all.steps, all.shortest);
  }

  /**
   * A part of a pattern.
   *
   * @param ways in how many it can match at a place, repetitions without a bound counted as one
   * @param steps back for each character of the text, where what follows fails; 0: a fixed number
   * @param shortest fewest characters
   * @param canFail whether there are texts at which it does not match
   * @param plain whether it can match in one way only, and so may be repeated
   * @param endless whether it is a repetition without a bound
   */
  private record Part(
      int ways, int steps, int shortest, boolean canFail, boolean plain, boolean endless) {
    static final Part CHARACTER = new Part(1, 0, 1, true, true, false);
    static final Part PLACE = new Part(1, 0, 0, true, true, false);
  }

  private static final class Parser {
    private final String pattern;
    private int at;

    Parser(String pattern) {
      this.pattern = pattern;
    }

    private boolean more() {
      return at < pattern.length();
    }

    private boolean take(String text) {
      boolean there = pattern.startsWith(text, at);
      at += there ? text.length() : 0;
      return there;
    }

    Part alternatives(int depth) {
      if (depth > DEEPEST) {
        throw new IllegalArgumentException("its groups are nested too deeply");
      }
      List<Part> all = new ArrayList<>();
      do {
        all.add(sequence(depth));
      } while (take("|"));
      if (all.size() == 1) {
        return all.get(0);
      }
      int steps = all.stream().mapToInt(Part::steps).sum();
      int shortest = all.stream().mapToInt(Part::shortest).min().orElse(0);
      boolean canFail = all.stream().allMatch(Part::canFail);
      boolean endless = all.stream().anyMatch(Part::endless);
      int ways = all.stream().mapToInt(Part::ways).sum();
      return new Part(bounded(ways), steps, shortest, canFail, false, endless);
    }

    private Part sequence(int depth) {
      List<Part> parts = new ArrayList<>();
      while (more() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
        parts.add(repeated(depth));
      }
      int last = -1;
      for (int i = 0; i < parts.size(); i++) {
        last = parts.get(i).canFail ? i : last;
      }
      int steps = 0;
      int endless = 0;
      int shortest = 0;
      boolean plain = true;
      int ways = 1;
      int failing = 1;
      for (int i = 0; i < parts.size(); i++) {
        Part part = parts.get(i);
        steps += part.steps;
        shortest += part.shortest;
        plain &= part.plain;
        endless += part.endless && i < last ? 1 : 0;
        ways = bounded((long) ways * part.ways);
        failing = i <= last ? ways : failing;
      }
      if (endless > 1 || (endless == 1 && steps > 0)) {
        throw new IllegalArgumentException("what follows several endless repetitions can fail");
      }
      boolean trailing = parts.stream().anyMatch(Part::endless);
      int all = bounded((long) (steps + endless) * failing);
      return new Part(ways, all, shortest, last >= 0, plain, trailing);
    }

    private static int bounded(long ways) {
      if (ways > MOST_WAYS) {
        throw new IllegalArgumentException("it can match in too many ways");
      }
      return (int) ways;
    }

    private Part repeated(int depth) {
      Part part = one(depth);
      int least;
      int most;
      if (take("?")) {
        least = 0;
        most = 1;
      } else if (take("*")) {
        least = 0;
        most = Integer.MAX_VALUE;
      } else if (take("+")) {
        least = 1;
        most = Integer.MAX_VALUE;
      } else if (more() && pattern.charAt(at) == '{') {
        int end = pattern.indexOf('}', at);
        String[] bounds = end < 0 ? new String[0] : pattern.substring(at + 1, end).split(",", -1);
        if (bounds.length == 0 || bounds.length > 2) {
          throw new IllegalArgumentException("a repetition has no bounds");
        }
        least = bound(bounds[0], 0);
        most = bounds.length == 1 ? least : bound(bounds[1], Integer.MAX_VALUE);
        at = end + 1;
      } else {
        return part;
      }
      if (more() && "?+".indexOf(pattern.charAt(at)) >= 0) {
        at++; // lazy or possessive: no more steps than without
      }
      if (more() && "?*+{".indexOf(pattern.charAt(at)) >= 0) {
        throw new IllegalArgumentException("a repetition is repeated");
      }
      boolean optional = most == 1;
      if (!optional && (!part.plain || part.shortest == 0)) {
        throw new IllegalArgumentException("what is repeated can match in several ways");
      }
      if (most != Integer.MAX_VALUE && most > MOST_REPETITIONS) {
        throw new IllegalArgumentException("a repetition has a bound above " + MOST_REPETITIONS);
      }
      boolean endless = most == Integer.MAX_VALUE || (optional && part.endless);
      int ways =
          most == Integer.MAX_VALUE
              ? 1
              : optional ? bounded(part.ways + 1L) : bounded(most - least + 1L);
      boolean plain = part.plain && least == most;
      return new Part(
          ways, part.steps, least * part.shortest, least > 0 && part.canFail, plain, endless);
    }

    private static int bound(String text, int absent) {
      if (text.isEmpty()) {
        return absent;
      }
      if (!text.matches("[0-9]{1,4}")) {
        throw new IllegalArgumentException("a repetition has no bounds");
      }
      return Integer.parseInt(text);
    }

    private Part one(int depth) {
      char first = pattern.charAt(at);
      switch (first) {
        case '(':
          return group(depth);
        case '[':
          skipClass(0);
          return Part.CHARACTER;
        case '\\':
          return escape();
        case '^', '$':
          at++;
          return Part.PLACE;
        case '?', '*', '+', '{':
          throw new IllegalArgumentException("there is nothing that is repeated");
        default:
          at += Character.charCount(pattern.codePointAt(at));
          return Part.CHARACTER;
      }
    }

    private Part group(int depth) {
      boolean place = false;
      at++;
      if (take("?")) {
        place = take("=") || take("!") || take("<=") || take("<!");
        if (!place && !take(":") && !take("i:")) {
          throw new IllegalArgumentException("it has a group of an unknown kind");
        }
      }
      Part inner = alternatives(depth + 1);
      if (!take(")")) {
        throw new IllegalArgumentException("a bracket is not closed");
      }
      if (place) {
        return new Part(1, inner.steps, 0, true, true, false);
      }
      return inner;
    }

    private Part escape() {
      at++;
      if (!more()) {
        throw new IllegalArgumentException("it ends in a backslash");
      }
      char kind = pattern.charAt(at++);
      if (kind == 'p' || kind == 'P') {
        int end = pattern.indexOf('}', at);
        if (!more() || pattern.charAt(at) != '{' || end < 0) {
          throw new IllegalArgumentException("a class of characters has no name");
        }
        at = end + 1;
        return Part.CHARACTER;
      }
      if (kind == 'x' || kind == 'u') {
        int digits = kind == 'x' ? 2 : 4;
        if (!pattern.substring(at).matches("(?s)[0-9A-Fa-f]{" + digits + "}.*")) {
          throw new IllegalArgumentException("a character has no number");
        }
        at += digits;
        return Part.CHARACTER;
      }
      if (kind == 'b' || kind == 'B' || kind == 'A' || kind == 'z') {
        return Part.PLACE;
      }
      if (ONE.indexOf(kind) < 0) {
        throw new IllegalArgumentException("it has \\" + kind);
      }
      return Part.CHARACTER;
    }

    /** Passes over a class, which may hold others. */
    private void skipClass(int depth) {
      if (depth > DEEPEST) {
        throw new IllegalArgumentException("its classes are nested too deeply");
      }
      at++;
      take("^");
      take("]"); // first, it is a character
      while (more() && pattern.charAt(at) != ']') {
        if (pattern.charAt(at) == '\\') {
          at += 2;
        } else if (pattern.startsWith("[:", at) && pattern.indexOf(":]", at) > 0) {
          at = pattern.indexOf(":]", at) + 2;
        } else if (pattern.charAt(at) == '[') {
          skipClass(depth + 1);
        } else {
          at++;
        }
      }
      if (!take("]")) {
        throw new IllegalArgumentException("a class is not closed");
      }
    }
  }
}
