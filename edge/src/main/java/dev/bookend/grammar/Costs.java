package dev.bookend.grammar;

/** What the patterns of one schema may take together, while it is compiled. For one thread. */
final class Costs {
  private static final long MOST_BYTES = 16L << 20;
  private static final long MOST_STEPS = 30_000_000;

  private long bytes;
  private long steps;

  /**
   * Counts memory that is kept.
   *
   * @throws IllegalArgumentException if that is too much
   */
  void bytes(long more) {
    bytes += more;
    require(bytes <= MOST_BYTES);
  }

  /** The memory that was counted. */
  long bytes() {
    return bytes;
  }

  /**
   * Counts work, in steps of some nanoseconds.
   *
   * @throws IllegalArgumentException if that is too much
   */
  void steps(long more) {
    steps += more;
    require(steps <= MOST_STEPS);
  }

  private static void require(boolean within) {
    if (!within) {
      throw new IllegalArgumentException("the patterns of the schema are too large together");
    }
  }
}
