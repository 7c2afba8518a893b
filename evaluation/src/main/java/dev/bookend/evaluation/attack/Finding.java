package dev.bookend.evaluation.attack;

import dev.bookend.evaluation.report.Estimate;
import java.util.List;
import java.util.function.Function;

/**
 * What an attack brought back at one depth over one wire.
 *
 * @param attack its name
 * @param target of it
 * @param recovered of each document, over all seeds
 * @param control the same from states that were shuffled across documents, where the attack must
 *     fail
 * @param secondsPerToken without what is made once
 */
record Finding(
    String attack,
    Target target,
    int depth,
    Wire wire,
    List<Recovery> recovered,
    List<Recovery> control,
    double secondsPerToken) {
  enum Target {
    PROMPT,
    ANSWER
  }

  /** Percent of something, with the interval over documents; null where there is none. */
  static Estimate percent(List<Recovery> all, Function<Recovery, Recovery.Share> share) {
    double[] found = all.stream().map(share).mapToDouble(s -> 100.0 * s.found()).toArray();
    double[] of = all.stream().map(share).mapToDouble(Recovery.Share::of).toArray();
    for (double count : of) {
      if (count > 0) {
        return Estimate.ofRatio(found, of);
      }
    }
    return null;
  }

  /** Percent of tokens. */
  Estimate tokens() {
    return percent(recovered, Recovery::tokens);
  }
}
