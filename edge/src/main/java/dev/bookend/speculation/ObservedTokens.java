package dev.bookend.speculation;

/** Tokens that have become part of a session's text. */
public final class ObservedTokens {
  private final int position;
  private final int[] tokens;

  public ObservedTokens(int position, int... tokens) {
    this.position = position;
    this.tokens = tokens.clone();
  }

  /**
   * Where the first of them stands. The text now ends with them: where it was longer before, as
   * when a conversation goes another way, what stood from here on is no longer part of it.
   */
  public int position() {
    return position;
  }

  public int[] tokens() {
    return tokens.clone();
  }

  /** Length of the text now. */
  public int end() {
    return position + tokens.length;
  }
}
