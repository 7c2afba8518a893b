package dev.bookend.speculation;

/**
 * Guesses how a text goes on. What it guesses only decides how fast the text comes, never what it
 * says: the model verifies every guess.
 *
 * <p>One drafter serves one session. Before a round trip it is asked to {@link #propose}, unless
 * its guesses do not pay, and afterwards told what the model said ({@link #verified}). After every
 * round trip it is told which tokens have become part of the text ({@link #observe}). All on one
 * thread.
 */
public interface Drafter extends AutoCloseable {
  /** What {@code --draft} and the statistics call it. */
  String name();

  /**
   * Is told whose text it follows, before each answer and before it is told of the text; by default
   * makes nothing of it.
   */
  default void follow(EdgeLayers session) {}

  /** Takes note of tokens that have become part of the text: the prompt's, then the answer's. */
  void observe(ObservedTokens committed);

  /**
   * Adds guesses below the root of a tree, which holds the last token: certain, but not observed
   * yet. The likeliest of the guesses of all drafters are sent, as many as pay.
   */
  void propose(DraftTree tree);

  /** Sees what the model made of the tree proposed last; by default makes nothing of it. */
  default void verified(VerifiedTree verdict) {}

  @Override
  default void close() {}
}
