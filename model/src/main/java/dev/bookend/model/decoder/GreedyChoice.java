package dev.bookend.model.decoder;

/**
 * The most probable next token.
 *
 * @param token its id
 * @param margin its logit minus the second largest; a margin near zero is a near tie, where another
 *     order of floating-point sums could choose otherwise
 */
public record GreedyChoice(int token, float margin) {}
