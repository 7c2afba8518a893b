package dev.bookend.decoding;

import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.session.SessionStats;
import java.util.List;

/**
 * A finished generation.
 *
 * @param tokens the ids generated; the end token is not among them
 * @param choices the model's choices in order: of the tokens, then of the end token if there was
 *     one
 * @param finishReason why it ended
 * @param servedBy the server that answered last; empty if none was asked
 * @param metrics what it has cost
 */
public record Generation(
    List<Integer> tokens,
    List<TokenChoice> choices,
    FinishReason finishReason,
    String servedBy,
    DecodingMetrics metrics) {
  /** Logit margin under which a greedy choice counts as a near tie. */
  public static final float NEAR_TIE = TokenChoice.NEAR_TIE;

  /** Why a generation ended. */
  public enum FinishReason {
    /** The model chose an end token. */
    STOP,
    /** The token limit or the end of the context was reached. */
    LENGTH,
    /** The listener wanted no more tokens. */
    INTERRUPTED
  }

  /**
   * A generation that was broken off while it waited.
   *
   * @param choices what the model had chosen until then; no end token
   * @param spent what the session had done for it
   * @param firstToken milliseconds from the start to the first token
   * @param decoding milliseconds from there to the end
   */
  public static Generation interrupted(
      List<TokenChoice> choices,
      String servedBy,
      SessionStats spent,
      double firstToken,
      double decoding) {
    int nearTies = (int) choices.stream().filter(choice -> choice.margin() < NEAR_TIE).count();
    return new Generation(
        choices.stream().map(TokenChoice::token).toList(),
        List.copyOf(choices),
        FinishReason.INTERRUPTED,
        servedBy,
        DecodingMetrics.of(spent, nearTies, firstToken, decoding, 0, List.of()));
  }

  /** The same with what else is known of its cost. */
  public Generation with(DecodingMetrics other) {
    return new Generation(tokens, choices, finishReason, servedBy, other);
  }
}
