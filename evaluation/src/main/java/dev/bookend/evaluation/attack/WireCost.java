package dev.bookend.evaluation.attack;

import java.util.OptionalDouble;

/**
 * What a wire costs at a depth, and what it promises.
 *
 * @param perplexity of the documents over it
 * @param signal for noise: how far apart the states of two tokens at one position are in the
 *     median, in standard deviations
 */
record WireCost(int depth, Wire wire, double perplexity, OptionalDouble signal) {
  private static final double DELTA = 1e-5;

  /**
   * The ε, at δ = 1e-5, with which noise makes two such tokens hard to tell apart, by their states
   * at one position alone: the Gaussian mechanism's ρ = signal²/2 of zero-concentrated differential
   * privacy (Bun and Steinke 2016), turned into ε = ρ + 2 √(ρ ln(1/δ)). Large: hardly at all.
   */
  OptionalDouble epsilon() {
    if (signal.isEmpty()) {
      return signal;
    }
    double rho = signal.getAsDouble() * signal.getAsDouble() / 2;
    return OptionalDouble.of(rho + 2 * Math.sqrt(rho * Math.log(1 / DELTA)));
  }
}
