package dev.bookend;

import dev.bookend.CompletionListener.Piece;
import dev.bookend.SessionPool.PooledSession;
import dev.bookend.decoding.DecodingRequest;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.tokenizer.TextStream;
import dev.bookend.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One answer as it grows: from tokens to pieces of text that a listener is told. */
final class Answering {
  private final TextModel model;
  private final Tokenizer tokenizer;
  private final CompletionRequest request;
  private final CompletionListener listener;
  private final Cancellation cancellation;
  private final TextStream stream;
  private final StopStrings stop;
  private final StringBuilder text = new StringBuilder();
  private final List<TokenLogProbability> logProbabilities = new ArrayList<>();
  private int told;

  Answering(
      TextModel model,
      CompletionRequest request,
      CompletionListener listener,
      Cancellation cancellation) {
    this.model = model;
    this.tokenizer = model.tokenizer();
    this.request = request;
    this.listener = listener;
    this.cancellation = cancellation;
    this.stream = tokenizer.stream();
    this.stop = new StopStrings(request.stop());
  }

  Completion run(PooledSession pooled, int[] prompt) {
    pooled.session().recordLogProbabilities(request.topLogProbabilities());
    Generation generation =
        model.decode(
            pooled.decoding(),
            pooled.session(),
            prompt,
            new DecodingRequest(
                request.sampling(), request.maxTokens(), model.model().config().endTokens()),
            this::add);
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
    if (request.topLogProbabilities().isPresent()) {
      logProbabilities.add(described(choice));
    }
    tell(stop.add(stream.add(choice.token())));
    return !stop.isFound() && !cancellation.isRequested();
  }

  private TokenLogProbability described(TokenChoice choice) {
    List<TokenLogProbability> top =
        choice.top().stream()
            .map(token -> described(token.token(), Math.log(token.probability()), List.of()))
            .toList();
    return described(choice.token(), choice.logProbability(), top);
  }

  private TokenLogProbability described(
      int token, double logProbability, List<TokenLogProbability> top) {
    return new TokenLogProbability(token, tokenizer.decode(token), logProbability, top);
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
