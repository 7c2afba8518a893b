package dev.bookend.grammar;

/** One kind of values. */
interface Shape {
  /**
   * The frame before such a value, without white space.
   *
   * @param budget how many levels may still be opened, no more than {@link #most}
   */
  Frame begin(int budget);

  /** Fewest levels of objects and arrays. */
  default int least() {
    return 0;
  }

  /** Most levels. */
  default int most() {
    return 0;
  }

  /** A kind without levels. */
  static Shape of(Frame begin) {
    return budget -> begin;
  }
}
