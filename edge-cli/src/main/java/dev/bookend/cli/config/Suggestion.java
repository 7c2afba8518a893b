package dev.bookend.cli.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.jline.utils.Levenshtein;

/** What somebody may have meant. */
public final class Suggestion {
  private Suggestion() {}

  /** The nearest of several words; empty: none is near. */
  public static Optional<String> of(String word, Collection<String> words) {
    String meant = word.toLowerCase(Locale.ROOT).replace('_', '-').replaceFirst("^-+", "");
    if (words.contains(meant)) {
      return Optional.of(meant);
    }
    Optional<String> near =
        words.stream()
            .filter(known -> distance(meant, known) <= Math.max(1, known.length() / 3))
            .min(Comparator.comparingInt(known -> distance(meant, known)));
    return near.or(
        () ->
            words.stream()
                .filter(known -> meant.length() > 3)
                .filter(known -> known.startsWith(meant) || known.endsWith("-" + meant))
                .findFirst());
  }

  /** The nearest of several variables. */
  static Optional<String> ofVariable(String name, Collection<String> names) {
    return names.stream()
        .filter(known -> distance(name, known) <= 2)
        .min(Comparator.comparingInt(known -> distance(name, known)));
  }

  private static int distance(String one, String other) {
    return Levenshtein.distance(one, other);
  }

  /** As an addition to a message; empty where nothing is near. */
  static String after(String word, Collection<String> words) {
    return of(word, words).map(known -> "; did you mean '" + known + "'?").orElse("");
  }
}
