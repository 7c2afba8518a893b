package dev.bookend.speculation;

/**
 * Proposes draft tokens: how a session's text may go on. The draft tokens only decide how fast the
 * text comes, never what it says, because the model verifies each of them (Leviathan et al., Fast
 * Inference from Transformers via Speculative Decoding, ICML 2023; trees of draft tokens: Miao et
 * al., SpecInfer, ASPLOS 2024).
 *
 * <p>One drafter serves one session, and all its methods are called on one thread at a time. Before
 * a round trip it is asked to {@link #propose}, unless its draft tokens do not pay, and afterwards
 * it is told what the model has chosen ({@link #verified}). After every round trip it is told which
 * tokens have become part of the text ({@link #observe}). A {@link DrafterFactory} lets it be
 * chosen by name.
 */
public interface Drafter extends AutoCloseable {
  /** The name that statistics show: the full name by which it is chosen. */
  String name();

  /**
   * Gives access to the session's layers on this machine. Called before each answer, and before the
   * drafter is told of the text. Does nothing by default.
   */
  default void follow(EdgeLayers session) {}

  /** Takes note of tokens that have become part of the text: the prompt's, then the answer's. */
  void observe(ObservedTokens tokens);

  /**
   * Adds draft tokens below the root of a tree. The root holds the text's last token, which is
   * certain, but has not been observed yet. Of the draft tokens of all drafters the likeliest are
   * sent, as many as pay.
   */
  void propose(DraftTree tree);

  /**
   * Whether it also knows how the draft tokens of others may go on. Then it is asked after those
   * that do not, and finds their draft tokens in its tree. False by default.
   */
  default boolean extendsOthers() {
    return false;
  }

  /**
   * How many of the model's most probable tokens it wants to see after each token that was sent
   * ({@link VerifiedTree#topAfter}). More than 0 costs time in each round trip; 0 by default.
   */
  default int rankedTokens() {
    return 0;
  }

  /**
   * Whether it reads {@link EdgeLayers#upperOutput}, which then takes the session 4 x H bytes for
   * each token. False by default.
   */
  default boolean readsUpperOutput() {
    return false;
  }

  /**
   * Takes note of what the model has chosen after the nodes of the tree that was proposed last.
   * Does nothing by default.
   */
  default void verified(VerifiedTree tree) {}

  /** Frees what the drafter holds; by default it holds nothing. */
  @Override
  default void close() {}
}
