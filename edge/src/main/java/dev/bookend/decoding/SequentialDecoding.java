package dev.bookend.decoding;

import dev.bookend.model.runtime.Choosing;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.session.Session;
import dev.bookend.speculation.TokenTree;
import java.util.List;
import java.util.function.Predicate;

/** One token a round trip. Has no state; safe for use by several threads. */
public final class SequentialDecoding implements Decoding {
  /** Takes the most probable token each time. */
  public static final Decoding GREEDY = new SequentialDecoding(Sampling.GREEDY);

  private final Sampling sampling;

  /** Decoding that chooses tokens in a certain way where a request does not say. */
  public SequentialDecoding(Sampling sampling) {
    this.sampling = sampling;
  }

  @Override
  public Sampling sampling() {
    return sampling;
  }

  @Override
  public Generation decode(
      Session session, int[] prompt, DecodingRequest request, Predicate<TokenChoice> onToken) {
    AnswerBuilder answer = new AnswerBuilder(session, request, onToken);
    Choosing choosing = request.choosing();
    TokenChoice choice = session.prefill(prompt, choosing);
    while (answer.add(choice, session.isFull())) {
      int token = choice.token();
      choice = session.verify(TokenTree.chain(token), choosing)[0];
      session.accept(0);
      choosing = choosing.after(token);
    }
    return answer.build(List.of(), 0);
  }
}
