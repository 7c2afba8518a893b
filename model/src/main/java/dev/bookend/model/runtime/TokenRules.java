package dev.bookend.model.runtime;

/**
 * What decides on an answer's next token beside the model's probabilities, and may depend on the
 * tokens that the answer has so far: penalties for repetition, or a grammar. Each object is the
 * rules behind one beginning of an answer. Immutable, and safe for use by several threads.
 */
public interface TokenRules {
  /** Leaves everything to the model. */
  TokenRules NONE =
      new TokenRules() {
        @Override
        public LogitEdit edit() {
          return LogitEdit.NONE;
        }

        @Override
        public TokenRules after(int token) {
          return this;
        }
      };

  /** What happens to the logits that the next token is chosen by. */
  LogitEdit edit();

  /**
   * The rules once the answer goes on with a token.
   *
   * @param token any; behind one that {@link #edit} does not allow, the rules are never used, but
   *     must not throw
   */
  TokenRules after(int token);

  /** Both these rules and others. */
  default TokenRules and(TokenRules other) {
    if (this == NONE) {
      return other;
    }
    return other == NONE ? this : new BothRules(this, other);
  }
}
