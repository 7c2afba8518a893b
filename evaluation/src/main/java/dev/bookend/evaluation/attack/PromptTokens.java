package dev.bookend.evaluation.attack;

/**
 * A document as the model gets it.
 *
 * @param tokens with what the chat template puts around the document
 * @param from first token of the document itself
 * @param to after its last one
 */
@SuppressWarnings("ArrayRecordComponent") // never changed nor compared
record PromptTokens(int[] tokens, int from, int to) {
  /** Whether the token at a position is the template's, which everybody knows. */
  boolean isTemplate(int position) {
    return position < from || (position >= to && position < tokens.length);
  }
}
