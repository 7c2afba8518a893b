package dev.bookend.evaluation.attack;

/**
 * What a wire costs at a depth, and what it promises.
 *
 * @param quality of the model over it
 * @param signal for noise: how far apart the states of two tokens at one position are in the
 *     median, in standard deviations; null for other wires
 */
record WireCost(int depth, String wire, Quality quality, Double signal) {
  private static final double DELTA = 1e-5;

  /**
   * The ε, at δ = 1e-5, with which noise makes two such tokens hard to tell apart, by their states
   * at one position alone: the Gaussian mechanism's ρ = signal²/2 of zero-concentrated differential
   * privacy (Bun and Steinke 2016), turned into ε = ρ + 2 √(ρ ln(1/δ)). Large: hardly at all. Null
   * for other wires.
   */
  Double epsilon() {
    if (signal == null) {
      return null;
    }
    double rho = signal * signal / 2;
    return rho + 2 * Math.sqrt(rho * Math.log(1 / DELTA));
  }
}
