package dev.bookend.grammar;

/**
 * Any characters.
 *
 * @param min fewest that must come
 * @param max most that may come; {@link #UNBOUNDED}: any number
 */
record LengthText(int min, int max) implements Text {
  static final int UNBOUNDED = Integer.MAX_VALUE;
  static final LengthText ANY = new LengthText(0, UNBOUNDED);

  @Override
  public Text next(int character) {
    if (max == 0) {
      return null;
    }
    if (min == 0 && max == UNBOUNDED) {
      return this;
    }
    return new LengthText(Math.max(0, min - 1), max == UNBOUNDED ? max : max - 1);
  }

  @Override
  public boolean takes(int low, int high) {
    return max > 0 && low <= high;
  }

  @Override
  public boolean mayEnd() {
    return min == 0;
  }

  @Override
  public Text representative(int horizon) {
    return new LengthText(Math.min(min, horizon), max >= horizon ? UNBOUNDED : max);
  }

  @Override
  public boolean isOfAnyGrammar() {
    return true;
  }

  @Override
  public int bytes() {
    return 24;
  }

  @Override
  public int work() {
    return 2;
  }
}
