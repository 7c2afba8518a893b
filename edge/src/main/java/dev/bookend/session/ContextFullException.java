package dev.bookend.session;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;

/** The tokens asked for do not fit the context of the model, or of the server's half of it. */
public final class ContextFullException extends BookendException {
  private static final long serialVersionUID = 1;

  /**
   * @param ofModel most tokens of the model's context
   * @param ofServer most tokens of a session on the server
   */
  ContextFullException(int needed, int ofModel, int ofServer) {
    super(
        ErrorCode.CONTEXT_FULL,
        "the text needs "
            + needed
            + " tokens, but "
            + (ofServer < ofModel
                ? "the server takes no session of more than " + ofServer
                : "the model's context holds " + ofModel));
  }
}
