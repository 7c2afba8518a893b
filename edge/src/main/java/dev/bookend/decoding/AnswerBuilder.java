package dev.bookend.decoding;

import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.session.Session;
import dev.bookend.session.SessionStats;
import dev.bookend.speculation.DraftMerger.Contribution;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** An answer as it grows, and what ends it: the same for every way of decoding. */
final class AnswerBuilder {
  private final long start = System.nanoTime();
  private final Session session;
  private final SessionStats before;
  private final DecodingRequest request;
  private final DecodingListener listener;
  private final List<Integer> tokens = new ArrayList<>();
  private final List<TokenChoice> choices = new ArrayList<>();
  private FinishReason end;
  private int nearTies;
  private double firstToken;

  /**
   * Begins an answer.
   *
   * @param session that decodes it
   */
  AnswerBuilder(Session session, DecodingRequest request, DecodingListener listener) {
    this.session = session;
    this.before = session.stats();
    this.request = request;
    this.listener = listener;
  }

  /**
   * Takes the model's next choice.
   *
   * @param full whether the context holds no further token behind those that led to the choice
   * @return whether the answer goes on
   */
  boolean add(TokenChoice choice, boolean full) {
    if (tokens.isEmpty()) {
      firstToken = millis();
    }
    choices.add(choice);
    if (choice.margin() < Generation.NEAR_TIE) {
      nearTies++;
    }
    if (request.endTokens().contains(choice.token())) {
      end = FinishReason.STOP;
      return false;
    }
    tokens.add(choice.token());
    if (!listener.onToken(choice)) {
      end = FinishReason.INTERRUPTED;
    } else if (tokens.size() >= request.maxTokens() || full) {
      end = FinishReason.LENGTH;
    }
    return end == null;
  }

  /** How many more tokens the answer may get. */
  int left() {
    return request.maxTokens() - tokens.size();
  }

  /**
   * A round trip is over.
   *
   * @param choices that it added, in order
   * @param drafters who had proposed each of them
   */
  void roundTrip(
      List<TokenChoice> choices,
      List<List<String>> drafters,
      int sentTokens,
      boolean ahead,
      double seconds) {
    List<RoundTrip.Token> added =
        IntStream.range(0, choices.size())
            .filter(i -> !request.endTokens().contains(choices.get(i).token()))
            .mapToObj(i -> new RoundTrip.Token(choices.get(i).token(), drafters.get(i)))
            .toList();
    listener.onRoundTrip(new RoundTrip(added, sentTokens, ahead, seconds * 1e3));
  }

  private double millis() {
    return (System.nanoTime() - start) / 1e6;
  }

  Generation build(List<Contribution> drafters, long draftNanos) {
    double decoding = millis() - firstToken;
    return new Generation(
        List.copyOf(tokens),
        List.copyOf(choices),
        end,
        session.server(),
        DecodingMetrics.of(
            session.stats().minus(before),
            nearTies,
            firstToken,
            decoding,
            draftNanos / 1e6,
            drafters));
  }
}
