package dev.bookend.model.jinja;

import dev.bookend.model.jinja.Token.Kind;
import java.util.List;

/** The tokens of a template, read one by one. */
final class TokenStream {
  private static final int DEEPEST = 100;

  private final List<Token> tokens;
  private int at;
  private int depth;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token peekNext() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  Token next() {
    Token token = tokens.get(at);
    if (at < tokens.size() - 1) {
      at++;
    }
    return token;
  }

  boolean at(Kind kind) {
    return peek().kind() == kind;
  }

  boolean atOperator(String operator) {
    return peek().is(Kind.OPERATOR, operator);
  }

  boolean atName(String name) {
    return peek().is(Kind.NAME, name);
  }

  boolean skipOperator(String operator) {
    boolean there = atOperator(operator);
    if (there) {
      next();
    }
    return there;
  }

  boolean skipName(String name) {
    boolean there = atName(name);
    if (there) {
      next();
    }
    return there;
  }

  Token expect(Kind kind) {
    if (!at(kind)) {
      throw unexpected();
    }
    return next();
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected();
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected();
    }
  }

  Fault unexpected() {
    return Fault.at(peek().line(), "unexpected " + peek().shown());
  }

  /** Something nested begins; each is to be left again. */
  void enter() {
    if (++depth > DEEPEST) {
      throw Fault.at(peek().line(), "it nests more than " + DEEPEST + " deep");
    }
  }

  void leave() {
    depth--;
  }
}
