package dev.bookend.session;

/** The tokens asked for do not fit the model's context. */
public final class ContextFullException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ContextFullException(int needed, int contextLength) {
    super(
        "the text needs "
            + needed
            + " tokens, but the model's context holds "
            + contextLength
            + "; shorten the prompt or lower --max-tokens");
  }
}
