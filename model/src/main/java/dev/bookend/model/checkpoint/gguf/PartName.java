package dev.bookend.model.checkpoint.gguf;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one of several GGUF files that are a model together, as {@code llama-gguf-split}
 * gives it: {@code BASE-00001-of-00003.gguf}.
 *
 * @param base what comes before the number
 * @param number from 1
 * @param count how many files there are
 */
public record PartName(String base, int number, int count) {
  private static final Pattern NAME =
      Pattern.compile("(.+)-([0-9]{5})-of-([0-9]{5})\\.gguf", Pattern.CASE_INSENSITIVE);

  /** Reads a file's name, which may have directories before it; empty: it is not of this form. */
  public static Optional<PartName> parse(String file) {
    Matcher match = NAME.matcher(file);
    if (!match.matches()) {
      return Optional.empty();
    }
    int number = Integer.parseInt(match.group(2));
    int count = Integer.parseInt(match.group(3));
    return number >= 1 && number <= count
        ? Optional.of(new PartName(match.group(1), number, count))
        : Optional.empty();
  }

  /** The name of another of the files. */
  public String withNumber(int other) {
    return String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", base, other, count);
  }
}
