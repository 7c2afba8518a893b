package dev.bookend.grammar;

import dev.bookend.model.runtime.LogitEdit;
import dev.bookend.model.runtime.TokenRules;

/**
 * The rules behind a text.
 *
 * @param known states of the grammar
 * @param state none where the text is wrong or has ended, and no rules are asked for any more
 */
record GrammarRules(TokenVocabulary vocabulary, KnownStates known, Stacks state)
    implements TokenRules {
  @Override
  public LogitEdit edit() {
    return state.isEmpty() ? LogitEdit.NONE : vocabulary.masks().edit(state, known);
  }

  @Override
  public TokenRules after(int token) {
    byte[] bytes = vocabulary.bytes(token);
    return new GrammarRules(vocabulary, known, bytes.length == 0 ? Stacks.NONE : state.step(bytes));
  }
}
