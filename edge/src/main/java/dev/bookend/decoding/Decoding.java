package dev.bookend.decoding;

import dev.bookend.model.runtime.Sampling;
import dev.bookend.remote.CloudException;
import dev.bookend.session.ContextFullException;
import dev.bookend.session.Session;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * A way to answer prompts. One that keeps state is for one session and not thread-safe; one without
 * state may be used by several threads, each with a session of its own.
 */
public interface Decoding extends AutoCloseable {
  /**
   * Answers a prompt. Afterwards the session holds the prompt and the answer without its last
   * token, which no token has to follow.
   *
   * @param prompt the tokens of the whole text so far; those that the session holds already are not
   *     run again
   * @param listener is told each token and round trip; may end the answer
   * @throws ContextFullException if the prompt does not fit the context
   * @throws CloudException if the cloud is lost for good; what was told before stands
   */
  Generation decode(
      Session session, int[] prompt, DecodingRequest request, DecodingListener listener);

  /** How tokens are chosen where a request does not say. */
  Sampling sampling();

  /**
   * As {@link #decode(Session, int[], DecodingRequest, DecodingListener)}, with {@link #sampling}.
   */
  default Generation decode(
      Session session, int[] prompt, int maxTokens, Set<Integer> endTokens, IntPredicate onToken) {
    return decode(
        session,
        prompt,
        new DecodingRequest(sampling(), maxTokens, endTokens),
        choice -> onToken.test(choice.token()));
  }

  /** Frees what belongs to this way of decoding; the session stays open. */
  @Override
  default void close() {}
}
