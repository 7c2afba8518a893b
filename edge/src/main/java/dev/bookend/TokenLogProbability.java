package dev.bookend;

import java.util.List;

/**
 * How probable the model found a token in its place.
 *
 * @param token its id
 * @param text what it adds to the text; U+FFFD stands for bytes that are only part of a character
 * @param name what tells it apart from others: its text; {@code bytes:\xe6\x97} where that is only
 *     part of a character, as in OpenAI's API; what a special token is written as
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
    String name,
    List<Integer> bytes,
    double logProbability,
    List<TokenLogProbability> top) {
  /** Copies the lists. */
  public TokenLogProbability {
    bytes = List.copyOf(bytes);
    top = List.copyOf(top);
  }
}
