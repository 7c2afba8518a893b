package dev.bookend.evaluation.eval;

import java.util.List;

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
 * @param bytes of the text or continuation, in UTF-8
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
    double ms) {}
