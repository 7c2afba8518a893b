package dev.bookend.model.jinja;

import dev.bookend.model.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Cuts a template into tokens as jinja2's lexer does with {@code trim_blocks} and {@code
 * lstrip_blocks}, in time that is linear in the template's length.
 */
final class Lexer {
  private static final Set<String> TWO = Set.of("//", "**", "==", "!=", ">=", "<=");
  private static final String ONE = "+-/*%~[](){}><=.:|,;";
  private static final Pattern FLOAT =
      Pattern.compile(
          "(?<!\\.)(?:\\d++_)*+\\d++"
              + "(?:(?:\\.(?:\\d++_)*+\\d++)?+[eE][+-]?+(?:\\d++_)*+\\d++|\\.(?:\\d++_)*+\\d++)");
  private static final Pattern INTEGER =
      Pattern.compile(
          "0[bB](?:_?[01])++|0[oO](?:_?[0-7])++|0[xX](?:_?[0-9a-fA-F])++"
              + "|[1-9](?:_?[0-9])*+|0(?:_?0)*+");

  private final String source;
  private final int[] newlines;
  private final List<Token> tokens = new ArrayList<>();
  private final Matcher floats;
  private final Matcher integers;
  private int at;

  private Lexer(String source) {
    this.source = source;
    newlines = IntStream.range(0, source.length()).filter(i -> source.charAt(i) == '\n').toArray();
    floats = FLOAT.matcher(source).useTransparentBounds(true);
    integers = INTEGER.matcher(source);
  }

  static List<Token> tokens(String template) {
    String source = unified(template);
    // Jinja drops one newline at the end.
    Lexer lexer =
        new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source);
    lexer.template();
    return lexer.tokens;
  }

  private static String unified(String text) {
    return text.indexOf('\r') < 0 ? text : text.replace("\r\n", "\n").replace('\r', '\n');
  }

  private void template() {
    while (at < source.length()) {
      int begin = nextBegin();
      if (begin < 0) {
        data(source.substring(at));
        at = source.length();
        break;
      }
      boolean print = source.charAt(begin + 1) == '{';
      int text = at;
      at = begin + 2;
      char sign = sign();
      String before = stripped(text, begin, sign, print);
      data(before);
      switch (source.charAt(begin + 1)) {
        case '#' -> comment(begin);
        case '{' -> inside(begin, Kind.PRINT_BEGIN);
        default -> {
          if (!raw(begin)) {
            inside(begin, Kind.TAG_BEGIN);
          }
        }
      }
    }
    add(Kind.END, "", source.length());
  }

  private int nextBegin() {
    int begin = source.indexOf('{', at);
    while (begin >= 0
        && (begin + 1 == source.length() || "{%#".indexOf(source.charAt(begin + 1)) < 0)) {
      begin = source.indexOf('{', begin + 1);
    }
    return begin;
  }

  private char sign() {
    if (at < source.length() && (source.charAt(at) == '-' || source.charAt(at) == '+')) {
      return source.charAt(at++);
    }
    return 0;
  }

  /** The text before a tag, without the white space that the tag takes away. */
  private String stripped(int from, int to, char sign, boolean print) {
    int end = to;
    if (sign == '-') {
      while (end > from && Characters.isSpace(source.charAt(end - 1))) {
        end--;
      }
    } else if (sign != '+' && !print) {
      int line = to;
      while (line > from && source.charAt(line - 1) != '\n') {
        line--;
      }
      boolean whole = line == 0 || source.charAt(line - 1) == '\n';
      if (whole && Characters.skipSpace(source, line) >= to) {
        end = line;
      }
    }
    return source.substring(from, end);
  }

  private void comment(int begin) {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw Fault.at(line(begin), "a comment has no end");
    }
    boolean minus = end > at && source.charAt(end - 1) == '-';
    boolean plus = end > at && source.charAt(end - 1) == '+';
    at = end + 2;
    trim(minus, !plus);
  }

  /** Goes over what an end takes away: all white space, or one newline. */
  private void trim(boolean all, boolean newline) {
    if (all) {
      at = Characters.skipSpace(source, at);
    } else if (newline && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
  }

  /** Reads a raw block, if one begins there. */
  private boolean raw(int begin) {
    int name = Characters.skipSpace(source, at);
    int end = Characters.skipSpace(source, name + 3);
    if (!source.startsWith("raw", name)) {
      return false;
    }
    boolean minus = source.startsWith("-%}", end);
    if (!minus && !source.startsWith("%}", end)) {
      return false;
    }
    at = end + (minus ? 3 : 2);
    trim(minus, false);
    int text = at;
    for (int tag = source.indexOf("{%", at); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
      at = tag + 2;
      char sign = sign();
      int last = Characters.skipSpace(source, at);
      at = Characters.skipSpace(source, last + 6);
      char endSign = sign();
      if (source.startsWith("endraw", last) && source.startsWith("%}", at)) {
        at += 2;
        trim(endSign == '-', endSign == 0);
        data(stripped(text, tag, sign, false));
        return true;
      }
    }
    throw Fault.at(line(begin), "a raw block has no end");
  }

  private void data(String text) {
    if (!text.isEmpty()) {
      add(Kind.DATA, text, at);
    }
  }

  private void inside(int begin, Kind kind) {
    boolean print = kind == Kind.PRINT_BEGIN;
    String close = print ? "}}" : "%}";
    Deque<Character> open = new ArrayDeque<>();
    add(kind, "", begin);
    while (true) {
      at = Characters.skipSpace(source, at);
      if (at == source.length()) {
        throw Fault.at(line(begin), "'" + (print ? "{{" : "{%") + "' has no end");
      }
      char next = source.charAt(at);
      boolean minus = next == '-' && source.startsWith(close, at + 1);
      boolean plus = next == '+' && !print && source.startsWith(close, at + 1);
      if (open.isEmpty() && (minus || plus || source.startsWith(close, at))) {
        add(print ? Kind.PRINT_END : Kind.TAG_END, "", at);
        at += minus || plus ? 3 : 2;
        trim(minus, !print && !plus);
        return;
      }
      token(next, open);
    }
  }

  private void token(char next, Deque<Character> open) {
    int start = at;
    if (next == '\'' || next == '"') {
      string(next);
    } else if (next >= '0' && next <= '9') {
      boolean real = floats.region(at, source.length()).lookingAt();
      if (!real && !integers.region(at, source.length()).lookingAt()) {
        throw Fault.at(line(at), "a number cannot be read");
      }
      at = real ? floats.end() : integers.end();
      add(real ? Kind.FLOAT : Kind.INTEGER, source.substring(start, at).replace("_", ""), start);
    } else if (next == '_' || Character.isUnicodeIdentifierStart(source.codePointAt(at))) {
      do {
        at += Character.charCount(source.codePointAt(at));
      } while (at < source.length()
          && Character.isUnicodeIdentifierPart(source.codePointAt(at))
          && !Character.isIdentifierIgnorable(source.codePointAt(at)));
      add(Kind.NAME, source.substring(start, at), start);
    } else {
      operator(next, open);
    }
  }

  private void operator(char next, Deque<Character> open) {
    String two = source.substring(at, Math.min(at + 2, source.length()));
    String text = TWO.contains(two) ? two : String.valueOf(next);
    if (ONE.indexOf(next) < 0 && !TWO.contains(two)) {
      throw Fault.at(
          line(at), "unexpected character '" + Character.toString(source.codePointAt(at)) + "'");
    }
    if ("([{".indexOf(next) >= 0) {
      open.push(next == '(' ? ')' : next == '[' ? ']' : '}');
    } else if (")]}".indexOf(next) >= 0 && (open.isEmpty() || open.pop() != next)) {
      throw Fault.at(line(at), "unexpected '" + next + "'");
    }
    add(Kind.OPERATOR, text, at);
    at += text.length();
  }

  private void string(char quote) {
    int end = at + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw Fault.at(line(at), "a string has no end");
    }
    int line = line(at);
    tokens.add(
        new Token(Kind.STRING, StringLiteral.decode(source.substring(at + 1, end), line), line));
    at = end + 1;
  }

  private void add(Kind kind, String text, int position) {
    tokens.add(new Token(kind, text, line(position)));
  }

  private int line(int position) {
    int found = Arrays.binarySearch(newlines, position);
    return (found < 0 ? -found - 1 : found) + 1;
  }
}
