package dev.bookend.speculation;

import java.util.List;
import java.util.Map;

/**
 * What speculative decoding has learned in one session, for another with the same model, cloud and
 * machine: what round trips cost, and what drafters reach. Holds no text and no tokens. Immutable.
 *
 * @param times how long round trips take
 * @param draftTokens how many draft tokens were accepted of those that were sent
 * @param drafters by name
 */
record LearnedCosts(Times times, Trust draftTokens, Map<String, OfDrafter> drafters) {
  /** What was learned counts no more than so many new observations: times change. */
  static final double MOST_WEIGHT = 20;

  LearnedCosts {
    drafters = Map.copyOf(drafters);
  }

  /**
   * Of round trips in classes of 1, 2, 3-4, 5-8, ... tokens.
   *
   * @param mostTokens of the largest round trip
   * @param counts how many there were in each class
   * @param tokens how many tokens they had on average
   * @param seconds how long they took on average
   */
  record Times(int mostTokens, List<Double> counts, List<Double> tokens, List<Double> seconds) {
    Times {
      counts = checked(counts, StepTimes.CLASSES);
      tokens = checked(tokens, StepTimes.CLASSES);
      seconds = checked(seconds, StepTimes.CLASSES);
      if (mostTokens < 0) {
        throw new IllegalArgumentException("a negative number");
      }
    }
  }

  /** Numbers of draft tokens. */
  record Trust(double expected, double accepted) {
    Trust {
      checked(List.of(expected, accepted), 2);
    }

    /** The same with less weight, where it has too much. */
    Trust bounded() {
      double scale = Math.min(1, MOST_WEIGHT / Math.max(expected, Double.MIN_NORMAL));
      return new Trust(expected * scale, accepted * scale);
    }
  }

  /**
   * Of one drafter.
   *
   * @param tokensAlone accepted tokens a round trip that would not have been sent without it, on
   *     average
   * @param seconds how long it takes to propose, on average
   * @param byDepth how many of its draft tokens were accepted
   */
  record OfDrafter(double tokensAlone, double seconds, List<Trust> byDepth) {
    OfDrafter {
      checked(List.of(tokensAlone, seconds), 2);
      byDepth = List.copyOf(byDepth);
      if (byDepth.size() != Acceptance.DEPTHS) {
        throw new IllegalArgumentException("another number of depths");
      }
    }
  }

  private static List<Double> checked(List<Double> numbers, int count) {
    if (numbers.size() != count
        || numbers.stream().anyMatch(number -> !(number >= 0 && number < 1e9))) {
      throw new IllegalArgumentException("numbers that cannot be");
    }
    return List.copyOf(numbers);
  }
}
