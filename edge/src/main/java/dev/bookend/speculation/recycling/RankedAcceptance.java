package dev.bookend.speculation.recycling;

import dev.bookend.speculation.recycling.RecycledTokens.Kind;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * How often the model chooses a token that it thought likely in another place, by the rank that the
 * token had there. Corrects the probabilities of that other place. Not thread-safe.
 */
final class RankedAcceptance {
  /** What is assumed before anything was seen counts like so many expected tokens. */
  private static final double PRIOR = 4;

  private static final double MEMORY = 0.995;

  private final Map<Kind, Counts> counts = new EnumMap<>(Kind.class);

  /** Of one kind, by rank. */
  private static final class Counts {
    final double[] expected;
    final double[] chosen;

    Counts(int ranks, double assumed) {
      expected = new double[ranks];
      chosen = new double[ranks];
      Arrays.fill(expected, PRIOR);
      Arrays.fill(chosen, PRIOR * assumed);
    }
  }

  RankedAcceptance(int ranks) {
    counts.put(Kind.AFTER_TWO, new Counts(ranks, 0.6));
    counts.put(Kind.AFTER_ONE, new Counts(ranks, 0.3));
  }

  /** The probability that a token of some probability elsewhere is chosen. */
  double correct(Kind kind, int rank, double probability) {
    Counts known = counts.get(kind);
    int at = Math.min(rank, known.chosen.length - 1);
    return Math.min(1, probability * known.chosen[at] / known.expected[at]);
  }

  void record(Kind kind, int rank, double probability, boolean isChosen) {
    Counts known = counts.get(kind);
    int at = Math.min(rank, known.chosen.length - 1);
    known.expected[at] = MEMORY * known.expected[at] + probability;
    known.chosen[at] = MEMORY * known.chosen[at] + (isChosen ? 1 : 0);
  }
}
