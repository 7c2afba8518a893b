package dev.bookend.server.openai;

import dev.bookend.Bookend;
import dev.bookend.Cancellation;
import dev.bookend.Completion;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.Prompt;
import dev.bookend.TokenLogProbability;
import dev.bookend.model.runtime.TokenScore;
import dev.bookend.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A prompt as a part of the text that comes back.
 *
 * @param text the prompt's
 * @param tokens how probable each of them is; NaN for the first, which nothing comes before. Empty
 *     where nobody asks
 */
record EchoedPrompt(String text, List<TokenLogProbability> tokens) {

  /**
   * Reads it, and has the model score it where log-probabilities are asked for.
   *
   * @param ids the prompt's tokens, at least one
   */
  static EchoedPrompt of(
      Bookend bookend, Prompt prompt, int[] ids, OptionalInt top, Cancellation cancellation) {
    TokenScore[] scores =
        top.isPresent() ? bookend.score(top.getAsInt(), ids, cancellation) : new TokenScore[0];
    return bookend.withTokenizer(
        tokenizer ->
            new EchoedPrompt(
                prompt instanceof Prompt.Text plain ? plain.text() : tokenizer.decode(ids),
                top.isPresent() ? described(tokenizer, ids, scores) : List.of()));
  }

  private static List<TokenLogProbability> described(
      Tokenizer tokenizer, int[] ids, TokenScore[] scores) {
    List<TokenLogProbability> tokens = new ArrayList<>();
    tokens.add(described(tokenizer, ids[0], Double.NaN, List.of()));
    for (int i = 0; i < scores.length; i++) {
      List<TokenLogProbability> best =
          scores[i].top().stream()
              .map(one -> described(tokenizer, one.token(), one.logProbability(), List.of()))
              .toList();
      tokens.add(described(tokenizer, ids[i + 1], scores[i].logProbability(), best));
    }
    return tokens;
  }

  private static TokenLogProbability described(
      Tokenizer tokenizer, int token, double logProbability, List<TokenLogProbability> top) {
    return new TokenLogProbability(token, tokenizer.decode(token), logProbability, top);
  }

  Piece piece() {
    return new Piece(text, tokens);
  }

  /** The completion with the prompt in front of it. */
  Completion before(Completion completion) {
    return new Completion(
        text + completion.text(),
        completion.promptTokens(),
        completion.tokens(),
        completion.finishReason(),
        Stream.concat(tokens.stream(), completion.logProbabilities().stream()).toList(),
        completion.generation());
  }
}
