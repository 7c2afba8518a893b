package dev.bookend.model.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a Jinja template so that Jinjava reads it as Jinja does. Line numbers stay as they are.
 *
 * <p>Expressions: Jinjava binds {@code not} and the {@code name=} of an argument to the next
 * operand only, so both get parentheses around all that Jinja gives them; a reversed list, {@code
 * [::-1]}, becomes the filter {@code reverse}; a dictionary in parentheses, which Jinjava takes for
 * a tuple, loses them.
 *
 * <p>White space: {@code trim_blocks} and {@code lstrip_blocks} are done here (Jinja documentation,
 * "Whitespace Control"), because Jinjava strips also before a block that does not begin its line.
 */
final class TemplateSyntax {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s+|\\w+|'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\"|[=!<>]=|\\[::-1\\]|.",
          Pattern.DOTALL | Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern OPENING = Pattern.compile("\\{[{%#]");
  private static final Set<String> CLOSING_BRACKETS = Set.of(")", "]", "}");
  private static final Set<String> ENDS_OF_NOT = Set.of("and", "or", "if", "else", ",", ":");
  private static final int DEEPEST = 200;

  private final List<String> tokens;
  private int next;
  private int depth;

  private TemplateSyntax(List<String> tokens) {
    this.tokens = tokens;
  }

  static String rewrite(String template) {
    // Jinja drops one newline at the end of a template.
    String text = template.replace("\r\n", "\n").replaceFirst("\n\\z", "");
    StringBuilder out = new StringBuilder(text.length() + 64);
    Matcher opening = OPENING.matcher(text);
    int at = 0;
    boolean lineStart = true;
    while (opening.find(at)) {
      int end = endOfTag(text, opening.start());
      String tag = text.substring(opening.start(), end);
      if (tag.length() < 4) {
        throw TemplateFault.unsupported("an unfinished tag");
      }
      boolean block = !tag.startsWith("{{");
      String before = text.substring(at, opening.start());
      out.append(block && tag.charAt(2) != '+' ? stripIndent(before, lineStart) : before);
      lineStart = block && text.startsWith("\n", end) && !hasMark(tag);
      // The newline that is trimmed moves into the tag, so that lines keep their numbers.
      append(out, tag, lineStart ? "\n" : "");
      at = lineStart ? end + 1 : end;
    }
    return out.append(text, at, text.length()).toString();
  }

  private static String stripIndent(String text, boolean lineStart) {
    int line = text.lastIndexOf('\n') + 1;
    boolean indent = (line > 0 || lineStart) && text.substring(line).isBlank();
    return indent ? text.substring(0, line) : text;
  }

  /** Whether a tag ends with a white space mark: {@code -%}} or {@code +%}}. */
  private static boolean hasMark(String tag) {
    return tag.length() >= 5 && "-+".indexOf(tag.charAt(tag.length() - 3)) >= 0;
  }

  private static void append(StringBuilder out, String tag, String newline) {
    int from = tag.startsWith("{%+") ? 3 : 2;
    int to = tag.length() - (hasMark(tag) ? 3 : 2);
    String inside = tag.substring(from, to);
    boolean comment = tag.startsWith("{#");
    out.append(tag, 0, 2).append(comment ? inside : rewriteInside(inside)).append(newline);
    out.append(tag, tag.endsWith("+%}") ? to + 1 : to, tag.length());
  }

  /**
   * Splits the expression of a {@code for} tag at its own {@code if}: the list and the condition,
   * or the list alone.
   */
  static List<String> splitLoopCondition(String expression) {
    List<String> tokens = tokenize(expression);
    int nesting = 0;
    for (int i = 0, at = 0; i < tokens.size(); at += tokens.get(i++).length()) {
      String token = tokens.get(i);
      nesting += nesting(token);
      if (nesting == 0 && token.equals("else")) {
        break;
      }
      if (nesting == 0
          && token.equals("if")
          && !tokens.subList(i, tokens.size()).contains("else")) {
        return List.of(expression.substring(0, at), expression.substring(at + token.length()));
      }
    }
    return List.of(expression);
  }

  private static int endOfTag(String template, int start) {
    char kind = template.charAt(start + 1);
    String close = (kind == '{' ? "}" : String.valueOf(kind)) + "}";
    if (kind == '#') {
      int end = template.indexOf(close, start + 2);
      return end < 0 ? template.length() : end + close.length();
    }
    int braces = 0;
    Matcher token = TOKEN.matcher(template).region(start + 2, template.length());
    while (token.find()) {
      if (braces == 0 && template.startsWith(close, token.start())) {
        return token.start() + close.length();
      }
      braces += token.group().equals("{") ? 1 : token.group().equals("}") ? -1 : 0;
    }
    return template.length();
  }

  private static String rewriteInside(String inside) {
    TemplateSyntax syntax = new TemplateSyntax(tokenize(inside));
    String name = syntax.name();
    if (name.equals("raw")) {
      throw TemplateFault.unsupported("'raw'");
    }
    if (name.equals("macro")) {
      return inside; // declares parameters: no expression
    }
    StringBuilder out = new StringBuilder(inside.length() + 16);
    while (syntax.next < syntax.tokens.size()) {
      syntax.copyToken(out, false);
    }
    return out.toString();
  }

  /** The first word: a block's name. */
  private String name() {
    return tokens.stream()
        .filter(token -> !token.isBlank() && !token.equals("-"))
        .findFirst()
        .orElse("");
  }

  private static List<String> tokenize(String text) {
    List<String> tokens = new ArrayList<>();
    Matcher token = TOKEN.matcher(text);
    while (token.find()) {
      tokens.add(token.group());
    }
    return tokens;
  }

  /** Copies a token; where it opens brackets, with all that they hold. */
  private void copyToken(StringBuilder out, boolean inCall) {
    String token = tokens.get(next++);
    if (token.equals("not") && !wordBefore().equals("is") && !wordAfter().equals("in")) {
      out.append("not (");
      copyOperand(out, ENDS_OF_NOT);
      out.append(')');
    } else if (inCall && token.equals("=")) {
      out.append("=(");
      copyOperand(out, Set.of(","));
      out.append(')');
    } else if (token.equals("[::-1]")) {
      out.append("|reverse");
    } else if (token.equals("(") && unwrapsDictionary()) {
      copyToken(out, false);
    } else if (nesting(token) > 0) {
      out.append(token);
      enter();
      while (next < tokens.size() && nesting(tokens.get(next)) >= 0) {
        copyToken(out, token.equals("("));
      }
      if (next < tokens.size()) {
        out.append(tokens.get(next++));
      }
      depth--;
    } else {
      out.append(token);
    }
  }

  /** Removes the parentheses around a dictionary, if the token just read opens such. */
  private boolean unwrapsDictionary() {
    int open = next;
    while (open < tokens.size() && tokens.get(open).isBlank()) {
      open++;
    }
    boolean call = next >= 2 && tokens.get(next - 2).matches("[\\w)\\]]+");
    if (call || open == tokens.size() || !tokens.get(open).equals("{")) {
      return false;
    }
    int nesting = 1;
    int close = open + 1;
    while (close < tokens.size() && nesting > 0) {
      nesting += nesting(tokens.get(close++));
    }
    while (close < tokens.size() && tokens.get(close).isBlank()) {
      close++;
    }
    if (close == tokens.size() || !tokens.get(close).equals(")")) {
      return false;
    }
    tokens.set(close, " ");
    next = open;
    return true;
  }

  private void copyOperand(StringBuilder out, Set<String> ends) {
    enter();
    while (next < tokens.size()
        && !ends.contains(tokens.get(next))
        && !CLOSING_BRACKETS.contains(tokens.get(next))
        && !endsTag()) {
      copyToken(out, false);
    }
    depth--;
  }

  /** Whether what is left is the {@code -} of {@code -%}}. */
  private boolean endsTag() {
    return next == tokens.size() - 1
        && (tokens.get(next).equals("-") || tokens.get(next).isBlank());
  }

  private void enter() {
    if (++depth > DEEPEST) {
      throw TemplateFault.unsupported("more than " + DEEPEST + " nested brackets");
    }
  }

  private static int nesting(String token) {
    if (token.equals("(") || token.equals("[") || token.equals("{")) {
      return 1;
    }
    return CLOSING_BRACKETS.contains(token) ? -1 : 0;
  }

  private String wordBefore() {
    return next >= 3 && tokens.get(next - 2).isBlank() ? tokens.get(next - 3) : "";
  }

  private String wordAfter() {
    return next + 1 < tokens.size() && tokens.get(next).isBlank() ? tokens.get(next + 1) : "";
  }
}
