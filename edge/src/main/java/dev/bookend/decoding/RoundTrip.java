package dev.bookend.decoding;

import java.util.List;

/**
 * One verification, as it has gone.
 *
 * @param tokens what it added to the answer, in order: the draft tokens that were accepted, and the
 *     model's own choice behind them; without an end token
 * @param sentTokens sent with it, draft tokens and the one that it began with
 * @param ahead whether it was sent before the answer to the one before had arrived
 * @param millis how long it was waited for, with the computation at the edge
 */
public record RoundTrip(List<Token> tokens, int sentTokens, boolean ahead, double millis) {
  /** Copies the list. */
  public RoundTrip {
    tokens = List.copyOf(tokens);
  }

  /**
   * A token of an answer.
   *
   * @param drafters who had proposed it; empty: nobody, so that it is the model's own choice
   */
  public record Token(int id, List<String> drafters) {
    /** Copies the list. */
    public Token {
      drafters = List.copyOf(drafters);
    }
  }
}
