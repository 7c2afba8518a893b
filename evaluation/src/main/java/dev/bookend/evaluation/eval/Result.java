package dev.bookend.evaluation.eval;

import dev.bookend.decoding.Generation;
import dev.bookend.model.runtime.TokenScore;
import dev.bookend.session.SessionStats;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What came of a task; a line of {@code results.jsonl}. What a kind of task does not have is null.
 *
 * @param key of all that it depends on; the same key is not run twice
 * @param task {@code answer}, {@code perplexity} or {@code likelihood}
 * @param error why there is no result
 * @param answer what the model said
 * @param tokenIds of the answer
 * @param finishReason {@code stop}, {@code length}, or {@code stop_text} where a string of the task
 *     ended it
 * @param logLikelihood natural logarithm of the probability of the text or continuation
 * @param isGreedy whether greedy decoding would have given the continuation
 * @param tokens generated, or those that the log-likelihood is of: a text's first token is not one
 *     of them
 * @param bytes that the log-likelihood is of, in UTF-8
 * @param perplexity exp(-logLikelihood / tokens)
 * @param ms how long it took
 */
public record Result(
    String key,
    String id,
    String category,
    String task,
    String error,
    String answer,
    List<Integer> tokenIds,
    String finishReason,
    Double logLikelihood,
    Boolean isGreedy,
    int tokens,
    Integer bytes,
    Double perplexity,
    Integer roundTrips,
    Double tokensPerRoundTrip,
    Integer nearTies,
    double ms) {

  /** There is none. */
  static Result failed(String key, Task task, String error, double ms) {
    return new Result(
        key,
        task.id(),
        task.category(),
        name(task),
        error,
        null,
        null,
        null,
        null,
        null,
        0,
        null,
        null,
        null,
        null,
        null,
        ms);
  }

  /**
   * What the model said.
   *
   * @param answer up to the string that ended it, where one did
   */
  static Result answered(
      String key,
      Task.Answer task,
      String answer,
      String finishReason,
      Generation generation,
      SessionStats stats,
      double ms) {
    return new Result(
        key,
        task.id(),
        task.category(),
        name(task),
        null,
        answer,
        generation.tokens(),
        finishReason,
        null,
        null,
        generation.tokens().size(),
        null,
        null,
        stats.roundTrips(),
        stats.tokensPerRoundTrip(),
        generation.nearTies(),
        ms);
  }

  /**
   * How well a text was foretold.
   *
   * @param first bytes of its first token, which nothing foretells
   */
  static Result foretold(
      String key, Task.Perplexity task, TokenScore[] scores, int first, double ms) {
    return scored(key, task, bytes(task.text()) - first, scores, null, ms);
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** How probable a continuation is. */
  static Result continued(String key, Task.Likelihood task, TokenScore[] scores, double ms) {
    boolean greedy = Stream.of(scores).allMatch(TokenScore::isGreedy);
    return scored(key, task, bytes(task.continuation()), scores, greedy, ms);
  }

  private static Result scored(
      String key, Task task, int bytes, TokenScore[] scores, Boolean isGreedy, double ms) {
    double sum = Stream.of(scores).mapToDouble(TokenScore::logProbability).sum();
    return new Result(
        key,
        task.id(),
        task.category(),
        name(task),
        null,
        null,
        null,
        null,
        sum,
        isGreedy,
        scores.length,
        bytes,
        Math.exp(-sum / scores.length),
        null,
        null,
        null,
        ms);
  }

  private static String name(Task task) {
    return task.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }
}
