package dev.bookend;

import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.Generation.FinishReason;
import java.util.List;

/**
 * What a model has answered.
 *
 * @param text without the stop string that ended it
 * @param promptTokens ids of the prompt
 * @param tokens ids generated; an end token is not among them, the tokens of a stop string are
 * @param finishReason why it ended
 * @param logProbabilities of the tokens, in order; empty where the request did not ask
 * @param generation how the tokens were generated
 */
public record Completion(
    String text,
    List<Integer> promptTokens,
    List<Integer> tokens,
    FinishReason finishReason,
    List<TokenLogProbability> logProbabilities,
    Generation generation) {
  /** Copies the lists. */
  public Completion {
    promptTokens = List.copyOf(promptTokens);
    tokens = List.copyOf(tokens);
    logProbabilities = List.copyOf(logProbabilities);
  }

  /** Tokens of the prompt that a session held already, so that they were not run. */
  public int cachedPromptTokens() {
    int run = metrics().counts().prefilledTokens();
    return run == 0 ? 0 : promptTokens.size() - run; // 0: it was cancelled before it began
  }

  /** The same with other metrics. */
  public Completion with(DecodingMetrics other) {
    return new Completion(
        text, promptTokens, tokens, finishReason, logProbabilities, generation.with(other));
  }

  /** What the answer has cost; the bytes are those of all answers that were made meanwhile. */
  public DecodingMetrics metrics() {
    return generation.metrics();
  }
}
