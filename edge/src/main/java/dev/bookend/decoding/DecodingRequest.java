package dev.bookend.decoding;

import dev.bookend.model.runtime.Choosing;
import dev.bookend.model.runtime.Sampling;
import java.util.Set;

/**
 * How to answer a prompt.
 *
 * @param choosing how each token is chosen
 * @param maxTokens most tokens to generate
 * @param endTokens ids that end the answer; empty to go on regardless
 */
public record DecodingRequest(Choosing choosing, int maxTokens, Set<Integer> endTokens) {
  /** Copies the set. */
  public DecodingRequest {
    endTokens = Set.copyOf(endTokens);
  }

  /** A request whose tokens are chosen by the model alone. */
  public DecodingRequest(Sampling sampling, int maxTokens, Set<Integer> endTokens) {
    this(Choosing.of(sampling), maxTokens, endTokens);
  }
}
