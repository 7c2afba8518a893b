package dev.bookend.evaluation.attack;

import dev.bookend.evaluation.report.Estimate;
import java.util.List;
import java.util.function.Function;

/**
 * What an attack recovered at one depth over one wire.
 *
 * @param attack its name
 * @param target what it tried to recover
 * @param recovered for each document, summed over all seeds
 * @param control the same for states that were shuffled across documents, where the attack must
 *     fail
 * @param secondsPerToken without preparations that are made once for a model
 */
record AttackResult(
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

  /**
   * A share in percent, with its interval over the documents; null if no document has any of the
   * things that are counted.
   */
  static Estimate percent(List<Recovery> all, Function<Recovery, Recovery.Share> share) {
    List<Recovery.Share> some = all.stream().map(share).filter(s -> s.of() > 0).toList();
    return some.isEmpty()
        ? null
        : Estimate.ofRatio(
            some.stream().mapToDouble(s -> 100.0 * s.found()).toArray(),
            some.stream().mapToDouble(Recovery.Share::of).toArray());
  }

  /** Percent of the tokens; null if there were none, as in answers that end at once. */
  Estimate tokens() {
    return percent(recovered, Recovery::tokens);
  }
}
