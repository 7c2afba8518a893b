package dev.bookend.evaluation.eval;

import dev.bookend.TextModel.Answer;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.MetricsMap;
import dev.bookend.evaluation.report.Inline;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.model.runtime.TokenScore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The result of a task; a line of {@code results.jsonl}.
 *
 * @param key of all that it depends on; the same key is not run twice
 * @param task {@code answer}, {@code perplexity} or {@code likelihood}
 * @param error why the task has no result; null if it has one
 * @param generated an answer task's result; null for others
 * @param scored a perplexity or likelihood task's result; null for others
 * @param tokens generated, or scored; 0 if the task has no result
 * @param ms how long it took
 */
public record Result(
    String key,
    String id,
    String category,
    String task,
    String error,
    @Inline("answer") Generated generated,
    @Inline("log_likelihood") Scored scored,
    int tokens,
    double ms)
    implements ResultLog.Entry {

  /**
   * What the model answered.
   *
   * @param answer the text, up to the string that ended it, where one did
   * @param finishReason {@code stop}, {@code length}, or {@code stop_text} where a string of the
   *     task ended it
   * @param metrics what the answer has cost; the bytes are those of all sessions, and the cloud was
   *     not asked for its time
   */
  public record Generated(
      String answer,
      List<Integer> tokenIds,
      String finishReason,
      @Inline(MetricsMap.PRESENT) DecodingMetrics metrics) {}

  /**
   * How well the model predicts a text or continuation.
   *
   * @param logLikelihood natural logarithm of the probability of the text without its first token,
   *     or of the continuation
   * @param isGreedy whether greedy decoding would have given the continuation; null for texts
   * @param bytes that the log-likelihood is of, in UTF-8
   * @param perplexity exp(-logLikelihood / tokens)
   */
  public record Scored(double logLikelihood, Boolean isGreedy, int bytes, double perplexity) {}

  /**
   * {@code results.jsonl}.
   *
   * @param directory that the file is in; empty: the log is kept in memory
   */
  public static ResultLog<Result> log(Optional<Path> directory) {
    return ResultLog.open(directory, "results.jsonl", Result.class);
  }

  private static Result of(
      String key,
      Task task,
      String error,
      Generated generated,
      Scored scored,
      int tokens,
      double ms) {
    String kind = task.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    return new Result(key, task.id(), task.category(), kind, error, generated, scored, tokens, ms);
  }

  /** A task without a result. */
  static Result failed(String key, Task task, String error, double ms) {
    return of(key, task, error, null, null, 0, ms);
  }

  /**
   * The result of an answer task.
   *
   * @param answer what the model answered
   */
  static Result answered(String key, Task.Answer task, Answer answer, double ms) {
    List<Integer> tokens = answer.generation().tokens();
    String reason = answer.generation().finishReason().name().toLowerCase(Locale.ROOT);
    Generated generated =
        new Generated(
            answer.text(),
            tokens,
            answer.stopped() ? "stop_text" : reason,
            answer.generation().metrics());
    return of(key, task, null, generated, null, tokens.size(), ms);
  }

  /**
   * The result of a perplexity task.
   *
   * @param scores of all tokens but the first
   * @param firstBytes bytes of the first token, which is predicted from nothing and is not scored
   */
  static Result perplexity(
      String key, Task.Perplexity task, TokenScore[] scores, int firstBytes, double ms) {
    Scored scored = scored(scores, null, bytes(task.text()) - firstBytes);
    return of(key, task, null, null, scored, scores.length, ms);
  }

  /**
   * The result of a likelihood task.
   *
   * @param scores of the continuation's tokens
   */
  static Result likelihood(String key, Task.Likelihood task, TokenScore[] scores, double ms) {
    boolean greedy = Stream.of(scores).allMatch(TokenScore::isGreedy);
    Scored scored = scored(scores, greedy, bytes(task.continuation()));
    return of(key, task, null, null, scored, scores.length, ms);
  }

  private static Scored scored(TokenScore[] scores, Boolean isGreedy, int bytes) {
    double sum = Stream.of(scores).mapToDouble(TokenScore::logProbability).sum();
    return new Scored(sum, isGreedy, bytes, Math.exp(-sum / scores.length));
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
