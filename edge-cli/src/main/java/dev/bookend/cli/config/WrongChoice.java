package dev.bookend.cli.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.ArgSpec;

/** What is wrong with the value of a flag that takes one of a few words. */
public final class WrongChoice {
  private static final Pattern PICOCLI =
      Pattern.compile(
          "expected one of \\[.*] \\(case-insensitive\\) but was '(.*)'", Pattern.DOTALL);

  private WrongChoice() {}

  /** In this program's words what Picocli says; empty: it says something else. */
  public static Optional<String> of(ArgSpec argument, String said) {
    Matcher wrong = PICOCLI.matcher(said);
    if (argument.completionCandidates() == null || !wrong.find()) {
      return Optional.empty();
    }
    List<String> words = new ArrayList<>();
    argument.completionCandidates().forEach(words::add);
    return Optional.of("'" + wrong.group(1) + "' is none of " + listed(words, "and"));
  }

  /** Words with commas between them, and another before the last. */
  public static String listed(List<String> words, String last) {
    int most = words.size() - 1;
    return most < 1
        ? String.join("", words)
        : String.join(", ", words.subList(0, most)) + " " + last + " " + words.get(most);
  }
}
