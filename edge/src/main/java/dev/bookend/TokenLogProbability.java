package dev.bookend;

import java.util.List;

/**
 * How probable the model found a token in its place.
 *
 * @param token its id
 * @param text what it adds to the text, decoded by itself; U+FFFD stands for bytes that are only
 *     part of a character
 * @param logProbability natural logarithm of the probability that the model gives it at temperature
 *     1
 * @param top the most probable tokens in its place, the most probable first; as many as the request
 *     asked for, and each without alternatives of its own
 */
public record TokenLogProbability(
    int token, String text, double logProbability, List<TokenLogProbability> top) {
  /** Copies the list. */
  public TokenLogProbability {
    top = List.copyOf(top);
  }
}
