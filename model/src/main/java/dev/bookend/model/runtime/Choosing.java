package dev.bookend.model.runtime;

/**
 * How an answer's tokens are chosen.
 *
 * @param sampling how one is chosen from the logits
 * @param rules what else decides, behind the tokens that the answer has so far
 */
public record Choosing(Sampling sampling, TokenRules rules) {
  /** Takes the most probable token. */
  public static final Choosing GREEDY = of(Sampling.GREEDY);

  /** Leaves everything to the model and chance. */
  public static Choosing of(Sampling sampling) {
    return new Choosing(sampling, TokenRules.NONE);
  }

  /** The same once the answer has gone on with some tokens. */
  public Choosing after(int... tokens) {
    TokenRules next = rules;
    for (int token : tokens) {
      next = next.after(token);
    }
    return new Choosing(sampling, next);
  }
}
