package dev.bookend;

import dev.bookend.decoding.Generation;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.session.SessionStats;
import java.util.List;

/**
 * What a model has answered.
 *
 * @param text without the stop string that ended it
 * @param promptTokens ids of the prompt
 * @param tokens ids generated; an end token is not among them, the tokens of a stop string are
 * @param finishReason why it ended
 * @param logProbabilities of the tokens, in order; empty where the request did not ask
 * @param generation how the tokens came about
 * @param stats what it has cost
 */
public record Completion(
    String text,
    List<Integer> promptTokens,
    List<Integer> tokens,
    FinishReason finishReason,
    List<TokenLogProbability> logProbabilities,
    Generation generation,
    SessionStats stats) {
  /** Copies the lists. */
  public Completion {
    promptTokens = List.copyOf(promptTokens);
    tokens = List.copyOf(tokens);
    logProbabilities = List.copyOf(logProbabilities);
  }
}
