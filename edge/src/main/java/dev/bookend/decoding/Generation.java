package dev.bookend.decoding;

import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.speculation.DraftMerger.Contribution;
import java.util.List;

/**
 * A finished generation.
 *
 * @param tokens the ids generated; the end token is not among them
 * @param choices the model's choices in order: of the tokens, then of the end token if there was
 *     one
 * @param finishReason why it ended
 * @param nearTies how many tokens were chosen with a margin below {@link #NEAR_TIE}: where another
 *     order of floating-point sums might have chosen otherwise
 * @param timeToFirstToken nanoseconds from the start to the first token
 * @param total nanoseconds from the start to the last token
 * @param drafters what each drafter has contributed; empty without speculation
 * @param draftNanos nanoseconds that guessing has taken
 */
public record Generation(
    List<Integer> tokens,
    List<TokenChoice> choices,
    FinishReason finishReason,
    int nearTies,
    long timeToFirstToken,
    long total,
    List<Contribution> drafters,
    long draftNanos) {
  /** Logit margin under which a greedy choice counts as a near tie. */
  public static final float NEAR_TIE = TokenChoice.NEAR_TIE;

  /** Why a generation ended. */
  public enum FinishReason {
    /** The model said so. */
    STOP,
    /** The token limit or the end of the context was reached. */
    LENGTH,
    /** The listener wanted no more. */
    INTERRUPTED
  }
}
