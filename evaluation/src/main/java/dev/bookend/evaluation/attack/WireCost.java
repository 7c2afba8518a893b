package dev.bookend.evaluation.attack;

/**
 * What a wire costs the model at a depth, and what privacy its noise gives.
 *
 * @param quality of the model over it
 * @param signal for noise: the median distance between the states of two tokens at one position, in
 *     standard deviations of the noise; null for other wires
 */
record WireCost(int depth, String wire, Quality quality, Double signal) {
  private static final double DELTA = 1e-5;

  /**
   * The ε, at δ = 1e-5, of telling two such tokens apart by their states at one position alone: the
   * Gaussian mechanism's ρ = signal²/2 of zero-concentrated differential privacy (Bun and Steinke
   * 2016), converted by ε = ρ + 2 √(ρ ln(1/δ)). The larger it is, the easier they are to tell
   * apart. Null for other wires.
   */
  Double epsilon() {
    if (signal == null) {
      return null;
    }
    double rho = signal * signal / 2;
    return rho + 2 * Math.sqrt(rho * Math.log(1 / DELTA));
  }
}
