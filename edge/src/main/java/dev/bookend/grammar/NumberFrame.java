package dev.bookend.grammar;

import java.util.function.Consumer;

/**
 * In a number without bounds, of which the digits are bounded, so that it ends.
 *
 * @param count how many digits there are in this part
 */
record NumberFrame(Part part, int count) implements Frame {
  private static final int MOST_DIGITS = 16;
  private static final int MOST_IN_EXPONENT = 2;

  enum Part {
    BEFORE,
    BEHIND_SIGN,
    ZERO,
    WHOLE,
    FRACTION,
    EXPONENT,
    EXPONENT_DIGITS
  }

  static Frame begin() {
    return new NumberFrame(Part.BEFORE, 0);
  }

  @Override
  public void step(int value, Stack rest, Consumer<Stack> next) {
    NumberFrame frame = step(value);
    if (frame != null) {
      if (frame.mayEnd()) {
        next.accept(rest);
      }
      if (frame.part != Part.EXPONENT_DIGITS || frame.count < MOST_IN_EXPONENT) {
        next.accept(rest.push(frame));
      }
    }
  }

  @Override
  public boolean isOfAnyGrammar() {
    return true;
  }

  private boolean mayEnd() {
    return switch (part) {
      case ZERO, WHOLE, EXPONENT_DIGITS -> true;
      case FRACTION -> count > 0;
      default -> false;
    };
  }

  private NumberFrame step(int value) {
    boolean digit = value >= '0' && value <= '9';
    if ((value == 'e' || value == 'E') && mayEnd() && part != Part.EXPONENT_DIGITS) {
      return new NumberFrame(Part.EXPONENT, 0);
    }
    return switch (part) {
      case BEFORE, BEHIND_SIGN -> {
        if (value == '-' && part == Part.BEFORE) {
          yield new NumberFrame(Part.BEHIND_SIGN, 0);
        }
        yield digit ? new NumberFrame(value == '0' ? Part.ZERO : Part.WHOLE, 1) : null;
      }
      case ZERO, WHOLE -> {
        if (value == '.') {
          yield new NumberFrame(Part.FRACTION, 0);
        }
        yield digit && part == Part.WHOLE ? more(MOST_DIGITS) : null;
      }
      case FRACTION -> digit ? more(MOST_DIGITS) : null;
      case EXPONENT -> {
        if ((value == '+' || value == '-') && count == 0) {
          yield new NumberFrame(Part.EXPONENT, 1);
        }
        yield digit ? new NumberFrame(Part.EXPONENT_DIGITS, 1) : null;
      }
      case EXPONENT_DIGITS -> digit ? more(MOST_IN_EXPONENT) : null;
    };
  }

  private NumberFrame more(int most) {
    return count < most ? new NumberFrame(part, count + 1) : null;
  }
}
