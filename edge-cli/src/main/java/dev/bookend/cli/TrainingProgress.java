package dev.bookend.cli;

import dev.bookend.training.Agreement;
import java.util.Locale;

/** What the user sees while a draft head is trained. */
final class TrainingProgress {
  private TrainingProgress() {}

  static ProgressBar bar() {
    return new ProgressBar(count -> String.format(Locale.ROOT, "%,d tokens", count));
  }

  static void print(Agreement agreement) {
    System.err.printf(
        Locale.ROOT,
        "%nafter %,d texts, in others: the first draft token is right in %.1f %%, the one behind it"
            + " in %.1f %%, the third in %.1f %%%n",
        agreement.texts(),
        100 * agreement.first(),
        100 * agreement.second(),
        100 * agreement.third());
  }
}
