package dev.bookend.model.runtime;

/**
 * How probable a given token is to the model, whether or not the model would choose it.
 *
 * @param logProbability natural logarithm of the token's probability
 * @param isGreedy whether no token is more probable
 */
public record TokenScore(float logProbability, boolean isGreedy) {}
