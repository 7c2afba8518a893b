package dev.bookend.server.openai;

import dev.bookend.Bookend;
import dev.bookend.Cancellation;
import dev.bookend.Completion;
import dev.bookend.CompletionListener.Piece;
import dev.bookend.Prompt;
import dev.bookend.TokenLogProbability;
import dev.bookend.TokenTexts;
import dev.bookend.model.runtime.TokenScore;
import dev.bookend.model.tokenizer.TextStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
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
    TokenTexts texts = bookend.model().tokenTexts();
    return bookend.withTokenizer(
        tokenizer -> {
          String text = prompt instanceof Prompt.Text plain ? plain.text() : tokenizer.decode(ids);
          return new EchoedPrompt(
              text,
              top.isPresent()
                  ? described(texts, tokenizer.stream(), text, ids, scores)
                  : List.of());
        });
  }

  private static List<TokenLogProbability> described(
      TokenTexts texts, TextStream stream, String text, int[] ids, TokenScore[] scores) {
    byte[] all = text.getBytes(StandardCharsets.UTF_8);
    int at = 0;
    List<TokenLogProbability> tokens = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      boolean first = stream.isAtStart();
      List<TokenLogProbability> best = new ArrayList<>();
      if (i > 0) {
        for (TokenScore.Scored one : scores[i - 1].top()) {
          best.add(texts.describe(one.token(), first, one.logProbability(), List.of()));
        }
      }
      double logProbability = i == 0 ? Double.NaN : scores[i - 1].logProbability();
      TokenLogProbability token = texts.describe(ids[i], first, logProbability, best);
      if (isSpelledOut(token, all, at)) {
        token = texts.spelledOut(token);
      }
      tokens.add(token);
      at += token.bytes().size();
      stream.add(ids[i]);
    }
    return tokens;
  }

  /** Whether a special token stands in the prompt's text. */
  private static boolean isSpelledOut(TokenLogProbability token, byte[] all, int at) {
    byte[] name = token.name().getBytes(StandardCharsets.UTF_8);
    int end = Math.min(all.length, at + name.length);
    return token.text().isEmpty() && at < end && Arrays.equals(name, 0, name.length, all, at, end);
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
