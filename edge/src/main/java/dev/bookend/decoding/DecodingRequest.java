package dev.bookend.decoding;

import dev.bookend.model.runtime.Sampling;
import java.util.Set;

/**
 * How to answer a prompt.
 *
 * @param sampling how each token is chosen
 * @param maxTokens most tokens to generate
 * @param endTokens ids that end the answer; empty to go on regardless
 */
public record DecodingRequest(Sampling sampling, int maxTokens, Set<Integer> endTokens) {
  /** Copies the set. */
  public DecodingRequest {
    endTokens = Set.copyOf(endTokens);
  }
}
