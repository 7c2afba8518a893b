package dev.bookend.grammar;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The bounds of numbers that several schemas set, and what numbers are multiples of. */
final class NumberBounds {
  /** As many digits as a double keeps, so that readers that use doubles see the same numbers. */
  private static final int DOUBLE_DIGITS = 15;

  private static final int USUAL_DIGITS = 9;

  private final List<Keywords> parts;

  NumberBounds(List<Keywords> parts) {
    this.parts = parts;
  }

  /** Whether there is any. */
  boolean exist() {
    return List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
        .stream()
        .anyMatch(keyword -> parts.stream().anyMatch(part -> part.has(keyword)));
  }

  /** The whole numbers. */
  DecimalRange integers() {
    return range(0, DOUBLE_DIGITS);
  }

  /**
   * The numbers of any kind.
   *
   * @throws SchemaException if a bound has more digits than numbers have here
   */
  DecimalRange numbers() {
    int digits = bothBounded() ? 1 : USUAL_DIGITS;
    for (Keywords part : parts) {
      for (String keyword : List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")) {
        Optional<BigDecimal> bound = part.number(keyword);
        digits = Math.max(digits, bound.map(NumberBounds::wholeDigits).orElse(0));
      }
    }
    if (digits > DOUBLE_DIGITS) {
      return range(0, DOUBLE_DIGITS);
    }
    int places = Math.min(USUAL_DIGITS, DOUBLE_DIGITS - digits);
    for (Keywords part : parts) {
      Optional<BigDecimal> step = part.step();
      if (step.isPresent() && step.get().stripTrailingZeros().scale() > places) {
        throw part.error("multipleOf", "has more decimal places than numbers have here");
      }
    }
    return range(places, digits);
  }

  private boolean bothBounded() {
    return parts.stream().anyMatch(part -> part.has("minimum") || part.has("exclusiveMinimum"))
        && parts.stream().anyMatch(part -> part.has("maximum") || part.has("exclusiveMaximum"));
  }

  private static int wholeDigits(BigDecimal number) {
    return Math.max(1, number.precision() - number.scale());
  }

  private DecimalRange range(int places, int digits) {
    BigInteger most = BigInteger.TEN.pow(DOUBLE_DIGITS);
    BigInteger low = most.negate();
    BigInteger high = most;
    BigInteger step = BigInteger.ONE;
    for (Keywords part : parts) {
      for (boolean exclusive : new boolean[] {false, true}) {
        String suffix = exclusive ? "exclusiveM" : "m";
        Optional<BigDecimal> min = part.number(suffix + "inimum");
        Optional<BigDecimal> max = part.number(suffix + "aximum");
        if (min.isPresent()) {
          low = low.max(units(min.get(), places, RoundingMode.CEILING, exclusive ? 1 : 0));
        }
        if (max.isPresent()) {
          high = high.min(units(max.get(), places, RoundingMode.FLOOR, exclusive ? -1 : 0));
        }
      }
      Optional<BigDecimal> multiple = part.step();
      if (multiple.isPresent()) {
        BigInteger other = wholeStep(multiple.get().scaleByPowerOfTen(places));
        step = step.divide(step.gcd(other)).multiply(other).min(most);
      }
    }
    return DecimalRange.of(low, high, step, places, digits);
  }

  /** A bound in units of the last place, the next one inside if it is between two. */
  private static BigInteger units(
      BigDecimal bound, int places, RoundingMode inside, int ifExclusive) {
    BigDecimal units = bound.scaleByPowerOfTen(places);
    BigDecimal whole = units.setScale(0, inside);
    return whole.compareTo(units) == 0
        ? whole.toBigInteger().add(BigInteger.valueOf(ifExclusive))
        : whole.toBigInteger();
  }

  /** The smallest whole number of which all whole multiples of a step are multiples. */
  private static BigInteger wholeStep(BigDecimal step) {
    BigInteger numerator = step.unscaledValue();
    if (step.scale() <= 0) {
      return step.toBigInteger();
    }
    BigInteger denominator = BigInteger.TEN.pow(step.scale());
    return numerator.divide(numerator.gcd(denominator));
  }

  /** Whether a number is within the bounds and a multiple. */
  boolean accept(BigDecimal number) {
    for (Keywords part : parts) {
      boolean fits =
          part.number("minimum").map(bound -> number.compareTo(bound) >= 0).orElse(true)
              && part.number("maximum").map(bound -> number.compareTo(bound) <= 0).orElse(true)
              && part.number("exclusiveMinimum").map(b -> number.compareTo(b) > 0).orElse(true)
              && part.number("exclusiveMaximum").map(b -> number.compareTo(b) < 0).orElse(true)
              && part.step().map(step -> number.remainder(step).signum() == 0).orElse(true);
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  /** Whether no number is within these bounds and others. */
  static boolean areApart(NumberBounds some, NumberBounds others) {
    List<Keywords> all = new ArrayList<>(some.parts);
    all.addAll(others.parts);
    Optional<BigDecimal> low = extreme(all, "inimum", 1);
    Optional<BigDecimal> high = extreme(all, "aximum", -1);
    if (low.isEmpty() || high.isEmpty()) {
      return false;
    }
    int order = low.get().compareTo(high.get());
    return order > 0
        || (order == 0
            && all.stream()
                .anyMatch(
                    part ->
                        part.number("exclusiveMinimum").filter(low.get()::equals).isPresent()
                            || part.number("exclusiveMaximum")
                                .filter(high.get()::equals)
                                .isPresent()));
  }

  private static Optional<BigDecimal> extreme(List<Keywords> parts, String name, int sign) {
    return parts.stream()
        .flatMap(part -> Stream.of(part.number("m" + name), part.number("exclusiveM" + name)))
        .flatMap(Optional::stream)
        .max((a, b) -> sign * a.compareTo(b));
  }
}
