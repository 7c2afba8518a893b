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
    String wire,
    List<Recovery> recovered,
    List<Recovery> control,
    double secondsPerToken) {
  enum Target {
    PROMPT,
    ANSWER
  }

  /** Percent of something, with the interval over documents; null where there is none. */
  static Estimate percent(List<Recovery> all, Function<Recovery, Recovery.Share> share) {
    List<Recovery.Share> some = all.stream().map(share).filter(s -> s.of() > 0).toList();
    return some.isEmpty()
        ? null
        : Estimate.ofRatio(
            some.stream().mapToDouble(s -> 100.0 * s.found()).toArray(),
            some.stream().mapToDouble(Recovery.Share::of).toArray());
  }

  /** Percent of tokens; null if there were none, as of answers that end at once. */
  Estimate tokens() {
    return percent(recovered, Recovery::tokens);
  }
}
