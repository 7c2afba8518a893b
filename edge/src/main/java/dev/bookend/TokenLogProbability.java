package dev.bookend;

import java.util.List;

/**
 * How probable the model found a token in its place.
 *
 * @param token its id
 * @param text what it adds to the text; U+FFFD stands for bytes that are only part of a character
 * @param bytes what it adds as UTF-8, each from 0 to 255; empty where it adds nothing, or only a
 *     part of a character whose bytes the tokenizer does not tell
 * @param logProbability natural logarithm of the probability that the model gives it at temperature
 *     1
 * @param top the most probable tokens in its place, the most probable first; as many as the request
 *     asked for, and each without alternatives of its own
 */
public record TokenLogProbability(
    int token,
    String text,
    List<Integer> bytes,
    double logProbability,
    List<TokenLogProbability> top) {
  /** Copies the lists. */
  public TokenLogProbability {
    bytes = List.copyOf(bytes);
    top = List.copyOf(top);
  }
}
