package dev.bookend.decoding;

import dev.bookend.model.runtime.Choosing;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.session.Session;
import dev.bookend.speculation.TokenTree;
import java.util.List;

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
      Session session, int[] prompt, DecodingRequest request, DecodingListener listener) {
    AnswerBuilder answer = new AnswerBuilder(session, request, listener);
    Choosing choosing = request.choosing();
    TokenChoice choice = session.prefill(prompt, choosing);
    boolean goesOn = answer.add(choice, session.isFull());
    while (goesOn) {
      int token = choice.token();
      long start = System.nanoTime();
      choice = session.verify(TokenTree.chain(token), choosing)[0];
      double seconds = (System.nanoTime() - start) / 1e9;
      session.accept(0);
      choosing = choosing.after(token);
      goesOn = answer.add(choice, session.isFull());
      answer.roundTrip(List.of(choice), List.of(List.of()), 1, false, seconds);
    }
    return answer.build(List.of(), 0);
  }
}
