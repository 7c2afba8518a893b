package dev.bookend.speculation;

/** Tokens that have become part of a session's text. Immutable. */
public final class ObservedTokens {
  private final int position;
  private final int[] tokens;

  /**
   * Tokens that stand one after the other.
   *
   * @param position of the first of them in the text
   */
  public ObservedTokens(int position, int... tokens) {
    this.position = position;
    this.tokens = tokens.clone();
  }

  /**
   * Position of the first of them in the text. The text now ends with these tokens: where it was
   * longer before, because a conversation goes on in another way, what stood from this position on
   * is no longer part of it.
   */
  public int position() {
    return position;
  }

  /** The tokens in their order. */
  public int[] tokens() {
    return tokens.clone();
  }

  /** Length of the text now. */
  public int end() {
    return position + tokens.length;
  }
}
