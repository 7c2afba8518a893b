package dev.bookend.grammar;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The patterns and formats of one schema, as automata. Equal ones are made once, and all together
 * may take so much only. For one thread.
 */
final class Patterns {
  private final Costs costs = new Costs();
  private final Map<Named, Nfa> known = new HashMap<>();
  private final Map<Strings, Optional<Text>> texts = new HashMap<>();

  /** What a keyword says. */
  private record Named(String keyword, String value) {}

  /** The strings that fit several patterns and formats, and bounds of the length. */
  private record Strings(Set<Named> patterns, int min, int max) {}

  /**
   * What a string may be.
   *
   * @param parts schemas that all hold
   * @return empty: there is none
   */
  Optional<Text> text(List<Keywords> parts, int min, int max) {
    Map<Named, Nfa> all = new LinkedHashMap<>();
    for (Keywords part : parts) {
      for (String keyword : List.of("pattern", "format")) {
        part.text(keyword)
            .map(value -> new Named(keyword, value))
            .ifPresent(named -> all.computeIfAbsent(named, each -> strings(part, each)));
      }
    }
    if (all.isEmpty()) {
      return min > max ? Optional.empty() : Optional.of(new LengthText(min, max));
    }
    Strings strings = new Strings(Set.copyOf(all.keySet()), min, max);
    Optional<Text> text = texts.get(strings);
    if (text == null) {
      try {
        Nfa together = all.values().stream().reduce((a, b) -> a.and(b, costs)).orElseThrow();
        text = PatternText.of(together, min, max, costs);
      } catch (IllegalArgumentException e) {
        throw new SchemaException(parts.get(0).pointer(), e.getMessage());
      }
      texts.put(strings, text);
    }
    return text;
  }

  private Nfa strings(Keywords part, Named named) {
    Nfa strings = known.get(named);
    if (strings == null) {
      try {
        strings =
            named.keyword.equals("pattern")
                ? Nfa.of(RegexParser.parse(named.value), costs)
                : Formats.strings(named.value);
      } catch (IllegalArgumentException e) {
        throw part.error(named.keyword, e.getMessage());
      }
      if (strings == null) {
        throw part.error("format", "the format \"" + named.value + "\" is not supported");
      }
      known.put(named, strings);
    }
    return strings;
  }

  /** About how much memory they take. */
  long bytes() {
    return costs.bytes();
  }

  /**
   * Whether a string is one of a text.
   *
   * @throws IllegalArgumentException if finding that out would take too long
   */
  boolean fits(Text begin, String value) {
    Text text = begin;
    int at = 0;
    while (text != null && at < value.length()) {
      costs.steps(text.work());
      int character = value.codePointAt(at);
      text = text.next(character);
      at += Character.charCount(character);
    }
    return text != null && text.mayEnd();
  }
}
