package dev.bookend.model.architecture;

import java.util.List;

/**
 * Rotary position embedding (Su et al. 2021) in the half-split layout of Hugging Face: dimension
 * {@code i} is rotated together with {@code i + dimensions/2}.
 *
 * @param inverseFrequencies {@code dimensions/2} angular frequencies in radians per position, with
 *     any context extension (Llama-3, linear) already applied
 */
public record RotaryEmbedding(List<Double> inverseFrequencies) {
  /** How many of a head's dimensions are rotated. */
  public int dimensions() {
    return 2 * inverseFrequencies.size();
  }
}
