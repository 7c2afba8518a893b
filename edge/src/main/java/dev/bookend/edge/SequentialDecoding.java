package dev.bookend.edge;

import dev.bookend.edge.Generation.FinishReason;
import dev.bookend.model.decoder.GreedyChoice;
import dev.bookend.triton.TritonException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/** Greedy decoding, one token a round trip. */
public final class SequentialDecoding {
  private final long start = System.nanoTime();
  private final List<Integer> tokens = new ArrayList<>();
  private int nearTies;
  private long timeToFirstToken;

  private SequentialDecoding() {}

  /**
   * Answers a prompt. Afterwards the session holds the prompt and the answer but for its last
   * token, whose successor nobody has asked for.
   *
   * @param prompt the whole text so far; what the session holds of it already is not run again
   * @param maxTokens most tokens to generate
   * @param endTokens ids that end the answer; empty to go on regardless
   * @param onToken told each token as soon as it is certain; false ends the answer
   * @throws ContextFullException if the prompt does not fit the context
   * @throws TritonException if the cloud is lost for good; what was told before stands
   */
  public static Generation run(
      Session session, int[] prompt, int maxTokens, Set<Integer> endTokens, IntPredicate onToken) {
    return new SequentialDecoding().decode(session, prompt, maxTokens, endTokens, onToken);
  }

  private Generation decode(
      Session session, int[] prompt, int maxTokens, Set<Integer> endTokens, IntPredicate onToken) {
    GreedyChoice choice = session.prefill(prompt);
    timeToFirstToken = System.nanoTime() - start;
    while (true) {
      if (choice.margin() < Generation.NEAR_TIE) {
        nearTies++;
      }
      if (endTokens.contains(choice.token())) {
        return finish(FinishReason.STOP);
      }
      tokens.add(choice.token());
      if (!onToken.test(choice.token())) {
        return finish(FinishReason.INTERRUPTED);
      }
      if (tokens.size() >= maxTokens || session.isFull()) {
        return finish(FinishReason.LENGTH);
      }
      choice = session.verify(TokenTree.chain(choice.token()))[0];
      session.commit(0);
    }
  }

  private Generation finish(FinishReason reason) {
    return new Generation(
        List.copyOf(tokens), reason, nearTies, timeToFirstToken, System.nanoTime() - start);
  }
}
