package dev.bookend.evaluation.attack;

/**
 * A document as the model receives it.
 *
 * @param tokens of the document and of the chat template around it
 * @param from index of the document's first token
 * @param to index after its last token
 */
@SuppressWarnings("ArrayRecordComponent") // never changed nor compared
record PromptTokens(int[] tokens, int from, int to) {
  /** Whether the token at a position belongs to the template, which everybody knows. */
  boolean isTemplate(int position) {
    return position < from || (position >= to && position < tokens.length);
  }
}
