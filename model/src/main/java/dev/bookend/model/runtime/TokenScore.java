package dev.bookend.model.runtime;

/**
 * What the model thinks of a token that it did not choose itself.
 *
 * @param logProbability natural logarithm of the probability that it gives the token
 * @param isGreedy whether no token is more probable
 */
public record TokenScore(float logProbability, boolean isGreedy) {}
