package dev.bookend.session;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;

/** The tokens asked for do not fit the model's context. */
public final class ContextFullException extends BookendException {
  private static final long serialVersionUID = 1;

  ContextFullException(int needed, int contextLength) {
    super(
        ErrorCode.CONTEXT_FULL,
        "the text needs " + needed + " tokens, but the model's context holds " + contextLength);
  }
}
