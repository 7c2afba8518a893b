package dev.bookend;

import dev.bookend.CompletionListener.Piece;
import dev.bookend.SessionPool.PooledSession;
import dev.bookend.decoding.DecodingListener;
import dev.bookend.decoding.DecodingRequest;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.decoding.RoundTrip;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.Choosing;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.tokenizer.TextStream;
import dev.bookend.session.SessionStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One answer as it grows: from tokens to pieces of text that a listener is told. */
final class Answering {
  private final TextModel model;
  private final int[] prompt;
  private final CompletionRequest request;
  private final CompletionListener listener;
  private final Cancellation cancellation;
  private final TextStream stream;
  private final StopStrings stop;
  private final StringBuilder text = new StringBuilder();
  private final List<TokenLogProbability> logProbabilities = new ArrayList<>();
  private final List<TokenChoice> choices = new ArrayList<>();
  private final long start = System.nanoTime();
  private double firstTokenMillis;
  private int told;

  Answering(
      TextModel model,
      CompletionRequest request,
      int[] prompt,
      CompletionListener listener,
      Cancellation cancellation) {
    this.model = model;
    this.prompt = prompt;
    this.request = request;
    this.listener = listener;
    this.cancellation = cancellation;
    // A conversation's answer is a text of its own; others go on where their prompt ends.
    this.stream =
        request.prompt() instanceof Prompt.Chat
            ? model.tokenizer().stream(request.shownTokens())
            : model.tokenizer().streamAfter(prompt, request.shownTokens());
    this.stop = new StopStrings(request.stop());
  }

  /** Generates it; one that is cancelled while it waits ends with what it has. */
  Completion run(PooledSession pooled) {
    SessionStats before = pooled.session().stats();
    try {
      return complete(generate(pooled));
    } catch (BookendException e) {
      if (e.code() == ErrorCode.CANCELLED && cancellation.isRequested()) {
        SessionStats spent = pooled.session().stats().minus(before);
        String server = spent.requests() == 0 ? "" : pooled.session().server();
        return interrupted(server, spent);
      }
      throw e;
    }
  }

  /** What there is of it where it was cancelled before it had a session. */
  Completion notBegun() {
    return interrupted("", SessionStats.NONE);
  }

  private Completion interrupted(String server, SessionStats spent) {
    double decoding = choices.isEmpty() ? 0 : millis() - firstTokenMillis;
    return complete(Generation.interrupted(choices, server, spent, firstTokenMillis, decoding));
  }

  private Generation generate(PooledSession pooled) {
    pooled.session().recordLogProbabilities(request.topLogProbabilities());
    return model.decode(
        pooled.decoding(),
        pooled.session(),
        prompt,
        new DecodingRequest(
            new Choosing(request.sampling(), request.rules()),
            request.maxTokens(),
            model.model().config().endTokens()),
        new DecodingListener() {
          @Override
          public boolean onToken(TokenChoice choice) {
            return add(choice);
          }

          @Override
          public void onRoundTrip(RoundTrip roundTrip) {
            listener.onRoundTrip(roundTrip);
          }
        });
  }

  private Completion complete(Generation generation) {
    tell(stop.add(stream.finish()));
    tell(stop.finish());
    tellRest();
    return new Completion(
        text.toString(),
        Arrays.stream(prompt).boxed().toList(),
        generation.tokens(),
        stop.isFound() ? FinishReason.STOP : generation.finishReason(),
        logProbabilities,
        generation);
  }

  /** Takes the next token; false ends the answer. */
  private boolean add(TokenChoice choice) {
    if (choices.isEmpty()) {
      firstTokenMillis = millis();
    }
    choices.add(choice);
    if (request.topLogProbabilities().isPresent()) {
      logProbabilities.add(described(choice));
    }
    tell(stop.add(stream.add(choice.token())));
    return !stop.isFound() && !cancellation.isRequested();
  }

  private double millis() {
    return (System.nanoTime() - start) / 1e6;
  }

  /** To be called before the token's text is taken. */
  private TokenLogProbability described(TokenChoice choice) {
    TokenTexts texts = model.tokenTexts();
    boolean first = stream.isAtStart();
    List<TokenLogProbability> top =
        choice.top().stream()
            .limit(request.topLogProbabilities().getAsInt())
            .map(token -> texts.describe(token.token(), first, token.logProbability(), List.of()))
            .toList();
    return texts.describe(choice.token(), first, choice.logProbability(), top);
  }

  private void tell(String piece) {
    if (!piece.isEmpty()) {
      text.append(piece);
      listener.onPiece(new Piece(piece, untold()));
    }
  }

  private void tellRest() {
    if (told < logProbabilities.size()) {
      listener.onPiece(new Piece("", untold()));
    }
  }

  private List<TokenLogProbability> untold() {
    List<TokenLogProbability> untold =
        List.copyOf(logProbabilities.subList(told, logProbabilities.size()));
    told = logProbabilities.size();
    return untold;
  }
}
