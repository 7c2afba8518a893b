package dev.bookend.model.runtime;

/** Rules that all hold. */
record BothRules(TokenRules first, TokenRules second) implements TokenRules {
  @Override
  public LogitEdit edit() {
    return first.edit().and(second.edit());
  }

  @Override
  public TokenRules after(int token) {
    return new BothRules(first.after(token), second.after(token));
  }
}
