package dev.bookend.decoding;

import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.session.Session;
import dev.bookend.session.TokenTree;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/** One token a round trip. */
public final class SequentialDecoding implements Decoding {
  /** Takes the most probable token each time. */
  public static final Decoding GREEDY = new SequentialDecoding(Sampling.GREEDY);

  private final Sampling sampling;

  public SequentialDecoding(Sampling sampling) {
    this.sampling = sampling;
  }

  @Override
  public Generation decode(
      Session session, int[] prompt, int maxTokens, Set<Integer> endTokens, IntPredicate onToken) {
    AnswerBuilder answer = new AnswerBuilder(session, maxTokens, endTokens, onToken);
    TokenChoice choice = session.prefill(prompt, sampling);
    while (answer.add(choice, session.isFull())) {
      choice = session.verify(TokenTree.chain(choice.token()), sampling)[0];
      session.commit(0);
    }
    return answer.build(List.of(), 0);
  }
}
