package dev.bookend.grammar;

import com.google.gson.JsonElement;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out that no value fits two schemas. What is not seen to be so counts as not so.
 *
 * @param alternatives in which a schema may accept more than it does, but not less
 */
record Exclusion(Alternatives alternatives) {
  private static final int DEEPEST = 3;

  /**
   * How the branches of a {@code oneOf} are made to exclude each other.
   *
   * @return empty: they do; otherwise the name of a property that has to be required of all of them
   * @throws SchemaException if neither is seen
   */
  Optional<String> nameToRequire(List<String> branches, Keywords keywords) {
    if (areApart(branches, Set.of())) {
      return Optional.empty();
    }
    Set<String> names = new LinkedHashSet<>();
    for (Conjunction first : alternatives.of(Set.of(branches.get(0)))) {
      names.addAll(first.names());
    }
    for (String name : names) {
      if (areApart(branches, Set.of(name))) {
        return Optional.of(name);
      }
    }
    throw keywords.error(
        "oneOf",
        "that its branches exclude each other is not seen; anyOf takes what fits any of them");
  }

  /** Whether branches are apart if some properties are required of each. */
  private boolean areApart(List<String> branches, Set<String> required) {
    for (int i = 0; i < branches.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (!areApart(Set.of(branches.get(i)), Set.of(branches.get(j)), required, 0)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean areApart(Set<String> some, Set<String> others, Set<String> required, int depth) {
    List<Conjunction> all = alternatives.of(others);
    return alternatives.of(some).stream()
        .allMatch(a -> all.stream().allMatch(b -> areApart(a, b, required, depth)));
  }

  private boolean areApart(Conjunction a, Conjunction b, Set<String> required, int depth) {
    alternatives.work(a.pointer(), 1);
    if (a.values().isPresent() || b.values().isPresent()) {
      Instances instances = new Instances(alternatives);
      List<JsonElement> values = a.values().orElseGet(() -> b.values().orElseThrow());
      return values.stream().noneMatch(v -> instances.fit(a, v) && instances.fit(b, v));
    }
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    kinds.addAll(a.kinds());
    kinds.retainAll(b.kinds());
    return kinds.stream()
        .allMatch(
            kind ->
                switch (kind) {
                  case NULL, BOOLEAN -> false;
                  case INTEGER, FRACTION -> NumberBounds.areApart(a.numbers(), b.numbers());
                  case STRING -> areApart(a, b, "minLength", "maxLength");
                  case ARRAY -> areApart(a, b, "minItems", "maxItems");
                  case OBJECT -> depth < DEEPEST && objectsAreApart(a, b, required, depth);
                });
  }

  private static boolean areApart(Conjunction a, Conjunction b, String least, String most) {
    return a.atLeast(least) > b.atMost(most) || b.atLeast(least) > a.atMost(most);
  }

  /** Whether some property has to be there, and cannot be the same for both. */
  private boolean objectsAreApart(
      Conjunction a, Conjunction b, Set<String> alsoRequired, int depth) {
    Set<String> required = new LinkedHashSet<>(alsoRequired);
    required.addAll(a.required());
    required.addAll(b.required());
    alternatives.work(a.pointer(), required.size());
    return required.stream()
        .anyMatch(name -> areApart(a.property(name), b.property(name), Set.of(), depth + 1));
  }
}
